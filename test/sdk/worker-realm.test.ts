import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** All that workers have of what the SDK may use: no document, no process, no navigator, nothing of Node. */
const realm = {
  ...{
    fetch,
    URL,
    URLSearchParams,
    crypto,
    btoa,
    TextEncoder,
    Blob,
    Response,
    CompressionStream,
    AbortController,
    AbortSignal,
  },
  ...{ setTimeout, clearTimeout },
}

/** A module and what it imports in one script, which leaves its exports in `sdk`. */
async function bundle(source: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'neutral',
    format: 'iife',
    globalName: 'sdk',
    target: 'es2022',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path))
  return { code: outputFiles[0]!.text, imports }
}

const run = async (source: string, script: string, given: object): Promise<unknown> => {
  const { code } = await bundle(source)
  return JSON.parse(await runInContext(`${code};(${script})()`, createContext({ ...realm, ...given })))
}

test.each([
  ['@assay/sdk', `export * from '@assay/sdk'`],
  ['@assay/sdk/server', `export * from '@assay/sdk/server'`],
])('%s asks for no Node', async (_, source) => {
  const { code, imports } = await bundle(source)
  expect(imports.filter((path) => path.startsWith('node:') || !path.includes('/'))).toEqual([])
  expect(code).not.toMatch(/\brequire\(|node:|\bprocess\.|\bBuffer\b/)
})

test('the client assigns, compresses and delivers where there is nothing but what workers have', async () => {
  const sent: { url: string; type: string; bytes: number }[] = []
  const errors: string[] = []
  const given = {
    errors,
    send: async (url: string, { body }: { body: Blob }) => {
      if (!body) return Response.json({ tests: { checkout: { branches: [{ name: 'one-page', weight: 1 }] } } })
      sent.push({ url, type: body.type, bytes: body.size })
      return Response.json({ rejected: [] }, { status: 202 })
    },
  }
  const script = `async () => {
    const client = sdk.createClient({
      url: 'https://assay.test', key: 'w', app: 'shop', fetch: send, onError: (error) => errors.push(String(error)),
    })
    await client.ready
    const visitor = client.visitor({ user: 'ann' })
    const branch = visitor.assign('checkout')
    for (let i = 0; i < 20; i++) visitor.track('view', i)
    await client.close()
    return JSON.stringify({ branch, placed: sdk.assign('u1', 'checkout', [{ name: 'a', weight: 1 }, { name: 'b', weight: 1 }]) })
  }`
  expect(await run(`export * from '@assay/sdk'`, script, given)).toEqual({ branch: 'one-page', placed: 'b' })
  expect(errors).toEqual([])
  expect(sent).toEqual([
    { url: expect.stringContaining('&encoding=gzip'), type: 'text/plain', bytes: expect.any(Number) },
  ])
})

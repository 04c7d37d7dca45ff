import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '@assay/infra/kafka/port'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../support/temp.js'
import { Receiver } from './receiver.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const document = readFileSync(join(root, 'docs/sdk/node.md'), 'utf8')
/** The code of the document, by the heading that it stands under. */
const blocks = [...document.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: code, index }) => ({
  heading: document
    .slice(0, index)
    .match(/^## .*$/gm)!
    .at(-1)!
    .slice(3),
  code: code!,
}))
const codeOf = (heading: string) => blocks.find((block) => block.heading === heading)!.code

let folder: string
const receiver = new Receiver()
let url: string
beforeAll(async () => {
  // Inside the tree, where an app would find the packages too.
  mkdirSync(join(root, 'test/dist'), { recursive: true })
  folder = mkdtempSync(join(root, 'test/dist/docs-'))
  receiver.config = { tests: { checkout: { branches: [{ name: 'one-page', weight: 1 }] } } }
  url = await receiver.listen()
})
afterAll(() => {
  receiver.close()
  rmSync(folder, { recursive: true })
})

/** The code as a program that speaks with the receiver. */
function program(code: string, replaced: Record<string, string> = {}): string {
  const changes = { 'https://assay.example.com': url, ...replaced }
  const own = Object.entries(changes).reduce((text, [from, to]) => text.replace(from, to), code)
  const file = join(mkdtempSync(join(folder, 'run-')), 'program.mjs')
  writeFileSync(file, transformSync(own, { loader: 'ts', format: 'esm' }).code)
  return file
}

async function serve(code: string): Promise<{ child: ChildProcess; ask: (headers?: object) => Promise<Response> }> {
  const { broker: port } = await freePorts()
  const child = spawn(process.execPath, [program(code, { '3000': `${port}` })], { stdio: 'inherit' })
  onTestFinished(() => void child.kill())
  const ask = async (headers = {}): Promise<Response> => {
    for (let tries = 100; ; tries--) {
      try {
        return await fetch(`http://localhost:${port}/checkout`, { headers: { ...headers } })
      } catch (error) {
        if (tries === 0) throw error
        await sleep(100)
      }
    }
  }
  return { child, ask }
}

test('all of it compiles', () => {
  const sources = mkdtempSync(join(folder, 'types-'))
  for (const [i, { code }] of blocks.entries()) writeFileSync(join(sources, `block-${i}.ts`), code)
  const compilerOptions = { composite: false, noEmit: true, lib: ['es2023', 'dom', 'dom.iterable'] }
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }
  writeFileSync(join(sources, 'tsconfig.json'), JSON.stringify(config))
  expect(blocks.length).toBe(8)
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', sources], { stdio: 'pipe' })
}, 60_000)

test.each(['Fastify', 'Express', 'Node’s own server', 'Who it is', 'A page that starts with the same branches'])(
  '%s: a request is answered with its branch and its cookie',
  async (heading) => {
    const { ask } = await serve(codeOf(heading))
    const response = await ask({ cookie: 'consent=yes' })
    const text = await response.text()
    expect(text).toContain('Your checkout is one-page')
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^assay=1\.[\w-]{21};/)])
    if (text.includes('<script')) expect(text).toContain('{"config":{"tests":{"checkout":')
  },
)

test.each(['Fastify', 'Express', 'Node’s own server'])(
  '%s: told to end, it sends what it still has',
  async (heading) => {
    receiver.taken.length = 0
    const { child, ask } = await serve(codeOf(heading))
    await (await ask()).text()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(receiver.names).toEqual(['$exposure'])
  },
)

test('Functions as a service: the answer comes when all is sent', async () => {
  receiver.taken.length = 0
  const id = 'V1StGXR8_Z5jdHi6B-myT'
  const call = (more: object) =>
    JSON.stringify({ rawPath: '/', rawQueryString: '', headers: { host: 'shop.test' }, ...more })
  const ask = `
    for (const event of [${call({})}, ${call({ cookies: ['a=b', `assay=1.${id}`] })}])
      process.stdout.write(JSON.stringify(await handler(event)) + '\\n')
    process.kill(process.pid, 'SIGKILL')`
  const child = spawn(process.execPath, [program(codeOf('Functions as a service') + ask)])
  const answers = Buffer.concat(await child.stdout.toArray())
    .toString()
    .trim()
    .split('\n')
  expect(answers.map((answer) => JSON.parse(answer))).toEqual([
    { statusCode: 200, body: 'Your checkout is one-page', cookies: [expect.stringMatching(/^assay=1\.[\w-]{21};/)] },
    { statusCode: 200, body: 'Your checkout is one-page', cookies: [] },
  ])
  expect(receiver.taken).toEqual([
    expect.objectContaining({ event: '$exposure' }),
    expect.objectContaining({ event: '$exposure', user: id }),
  ])
})

test('A spool: events go through the folder', async () => {
  const kept = tempDir()
  receiver.taken.length = 0
  const child = spawn(process.execPath, [program(codeOf('A spool'), { '/var/lib/shop/assay': kept })])
  await new Promise((resolve) => child.once('exit', resolve))
  expect(receiver.names).toContain('purchase')
  expect(readdirSync(kept)).toEqual([expect.stringMatching(/\.ndjson$/), expect.stringMatching(/\.sock$/)])
})

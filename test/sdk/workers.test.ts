import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createClient } from '@assay/sdk'
import { visit } from '@assay/sdk/server'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { codeOf, typeErrors } from '../support/doc-code.js'
import { startRuntime } from '../support/runtime.js'
import { Receiver } from './receiver.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const code = codeOf('docs/sdk/workers.md')
const receiver = new Receiver()
let url: string
beforeAll(async () => {
  url = await receiver.listen()
})
afterAll(() => receiver.close())
beforeEach(() => {
  receiver.config = { tests: { checkout: { branches: [{ name: 'one-page', weight: 1 }] } } }
  Object.assign(receiver, { looks: 0, refusals: 0 })
  receiver.taken.length = 0
})

/** One module of all that it needs of the built package. */
async function deployed(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: contents.replaceAll('https://assay.example.com', url), resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
  })
  return outputFiles[0]!.text
}

async function start(name: Parameters<typeof startRuntime>[0], contents: string) {
  const runtime = await startRuntime(name, await deployed(contents))
  onTestFinished(async () => void (await runtime.end()))
  const ask = async (headers: Record<string, string> = {}, path = '/') => {
    const response = await fetch(runtime.url + path, { headers, redirect: 'manual' })
    return { status: response.status, body: await response.text(), cookies: response.headers.getSetCookie() }
  }
  return { ...runtime, ask }
}

const idOf = (cookies: string[]) => /^assay=(1\.[\w-]{21});/.exec(`${cookies}`)![1]!
const count = (event: string) => receiver.names.filter((name) => name === event).length
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000 })
const COOKIE = [expect.stringMatching(/^assay=1\.[\w-]{21}; Path=\/; .*SameSite=Lax$/)]

test('the code of docs/sdk/workers.md has the right types', async () => {
  expect(Object.keys(code)).toEqual(['worker.ts', 'stream.ts', 'front.ts', 'server.ts', 'route.ts'])
  expect(await typeErrors(code)).toBe('')
})

describe.each(['workerd', 'workerd as of March 2023'] as const)('%s', { timeout: 120_000 }, (name) => {
  test('requests have their users’ branches, from one look at the tests, and what arrived is not told again', async () => {
    const { ask, output } = await start(name, code['worker.ts']!)
    const first = await ask()
    expect(first).toEqual({ status: 200, body: 'Your checkout is one-page', cookies: COOKIE })
    const cookie = `assay=${idOf(first.cookies)}`
    await soon(() => expect(count('view')).toBe(1))
    // Events of a request come in one batch.
    const exposuresOf = async (requests: number) => {
      receiver.taken.length = 0
      const answers = await Promise.all(Array.from({ length: requests }, () => ask({ cookie })))
      expect(new Set(answers.map(({ body, cookies }) => body + cookies))).toEqual(
        new Set(['Your checkout is one-page']),
      )
      await soon(() => expect(count('view')).toBe(requests))
      return count('$exposure')
    }
    await soon(async () => expect(await exposuresOf(1)).toBe(0))
    expect(await exposuresOf(10)).toBe(0)
    expect(receiver.looks).toBe(1)
    expect(output()).toBe('')
  })

  test('many first requests at once wait for nothing that another has opened', async () => {
    const { ask, output } = await start(name, code['worker.ts']!)
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask()))
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['Your checkout is one-page']))
    expect(new Set(answers.map(({ cookies }) => idOf(cookies))).size).toBe(30)
    await soon(() => expect([count('view'), count('$exposure')]).toEqual([30, 30]))
    expect(output()).toBe('')
  })

  test('what the server does not take goes with the next request, once', async () => {
    const { ask } = await start(name, code['worker.ts']!)
    await ask()
    await soon(() => expect(count('view')).toBe(1))
    receiver.refusals = 3
    for (const left of [2, 1, 0]) {
      await ask()
      await soon(() => expect(receiver.refusals).toBe(left))
    }
    await soon(async () => {
      await ask({ dnt: '1' })
      expect(count('view')).toBe(4)
    })
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(receiver.taken.length)
  })

  test('while nobody answers users see the default, and are not kept', async () => {
    receiver.config = undefined
    const { ask } = await start(name, code['worker.ts']!.replace("app: 'shop'", "app: 'shop', patience: 1000"))
    const waited = async () => {
      const before = performance.now()
      expect((await ask()).body).toBe('Your checkout is master')
      return performance.now() - before
    }
    expect(await waited()).toBeGreaterThan(900)
    expect(await waited()).toBeLessThan(900)
    expect(receiver.looks).toBe(1)
  })

  test('a response that goes on tells of what happened in it', async () => {
    const { ask } = await start(name, code['stream.ts']!)
    expect(await ask()).toEqual({ status: 200, body: 'Your checkout is one-page', cookies: COOKIE })
    await soon(() => expect(receiver.names).toEqual(['$exposure', 'read']))
  })

  test('cookies of the app, redirects, what was fetched, and responses without a body', async () => {
    const respond = `
      const own = new Response(null, { status: 304 })
      own.headers.append('set-cookie', 'a=b')
      own.headers.append('set-cookie', 'c=d')
      const { pathname } = new URL(request.url)
      if (pathname === '/own') return respond(own)
      if (pathname === '/moved') return respond(Response.redirect('https://shop.test/', 303))
      if (pathname === '/logout') return respond(new Response('', { headers: { 'set-cookie': 'assay=; Max-Age=0' } }))
      return respond(await fetch('${url}/v1/apps/shop/config'))`
    const { ask, output } = await start(name, code['worker.ts']!.replace(/return respond\(.*\n/, respond))
    expect(await ask({}, '/own')).toMatchObject({ status: 304, cookies: ['a=b', 'c=d', ...COOKIE] })
    expect(await ask({}, '/moved')).toMatchObject({ status: 303, cookies: COOKIE })
    expect(await ask({}, '/logout')).toMatchObject({ status: 200, cookies: ['assay=; Max-Age=0'] })
    expect(await ask({}, '/fetched')).toMatchObject({ body: JSON.stringify(receiver.config), cookies: COOKIE })
    expect(output()).toBe('')
  })

  test('an app behind has the same user, from the first request on', async () => {
    const client = createClient({ url, key: 'w', app: 'shop', config: { tests: {} }, refresh: 0 })
    const server = createServer(async (req, res) => {
      const { user } = visit(client, req, res)
      res.setHeader('set-cookie', 'a=b').end(`${req.method} ${req.url} ${user} ${(await req.toArray()).join('')}`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { url: front, output } = await start(name, code['front.ts']!.replace('https://next.example.com', origin))
    const send = async (cookie: string) => {
      const response = await fetch(`${front}/cart?a=b`, { method: 'POST', body: 'one', headers: { cookie } })
      return [await response.text(), ...response.headers.getSetCookie()]
    }
    const [body, ...cookies] = await send('theme=dark; assay=broken')
    expect(cookies).toEqual(['a=b', ...COOKIE])
    const pair = idOf(cookies.slice(1))
    expect(body).toBe(`POST /cart?a=b ${pair.slice(2)} one`)
    expect(await send(`assay=${pair}`)).toEqual([body, 'a=b'])
    expect(output()).toBe('')
  })

  test('a client at the top of a worker is told what is not allowed there, and throws nothing', async () => {
    const { ask, output } = await start(
      name,
      `import { createClient } from '@assay/sdk'
      const errors: string[] = []
      const onError = (error: Error) => errors.push(error.message)
      const client = createClient({ url: 'https://assay.example.com', key: 'w', app: 'shop', onError })
      const given = createClient({ url: 'https://assay.example.com', key: 'w', app: 'shop', config: { tests: {} }, onError })
      client.track('early')
      export default {
        async fetch() {
          await client.ready
          return Response.json([client.assign('checkout'), given.assign('checkout'), errors])
        },
      }`,
    )
    const [branch, other, errors] = JSON.parse((await ask()).body)
    expect([branch, other]).toEqual(['master', 'master'])
    expect(errors).toContainEqual(expect.stringMatching(/not allowed within global scope/))
    expect(output()).toBe('')
  })
})

describe.each(['deno', 'bun'] as const)('%s', { timeout: 120_000 }, (name) => {
  test('one client serves all requests', async () => {
    const { ask } = await start(name, code['server.ts']!)
    const first = await ask()
    expect(first).toEqual({ status: 200, body: 'Your checkout is one-page', cookies: COOKIE })
    expect(await ask({ cookie: `assay=${idOf(first.cookies)}` })).toMatchObject({ cookies: [] })
    await soon(() => expect(receiver.names).toEqual(['$exposure']))
    expect(receiver.looks).toBe(1)
  })
})

test('a route handler redirects with the cookie, and answers', async () => {
  const branches = ['one-page', 'master'].map((name, i) => ({ name, weight: 1 - i }))
  receiver.config = { tests: { checkout: { branches } } }
  const script = `data:text/javascript,${encodeURIComponent(await deployed(code['route.ts']!))}`
  const { GET } = (await import(script)) as { GET(request: Request): Promise<Response> }
  const headers = { 'x-forwarded-proto': 'https' }
  const moved = await GET(new Request('http://shop.test/checkout', { headers }))
  expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://shop.test/one-page'])
  expect(moved.headers.getSetCookie()).toEqual([expect.stringMatching(/^assay=1\..*; Secure$/)])
  const usual = await GET(new Request('http://shop.test/checkout?assay=checkout:master'))
  expect(await usual.text()).toBe('The usual checkout')
})

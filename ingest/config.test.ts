import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Definitions } from '@assay/core/control/definitions'
import { type ControlRecord, controlRecord } from '@assay/core/control/record'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { keys, startIngest } from './testkit/server.js'

const branches = (weight: number) => [
  { name: 'master', weight: 1 },
  { name: 'new', weight },
]
let ids = 0
const record = (expects: number, what: object): ControlRecord =>
  controlRecord.parse({ id: `r${ids++}`, at: 1, by: 'admin', app: 'shop', testId: 't', expects, ...what })
const define = (weight: number) => ({
  what: 'define',
  definition: { branches: branches(weight), control: 'master', metrics: [], owner: 'secret' },
})

/** An app of which one test runs. */
function running(): Definitions {
  const definitions = new Definitions()
  definitions.apply(record(0, define(1)))
  definitions.apply(record(1, { what: 'start' }))
  return definitions
}

const client = (weight: number, version: number) => ({ branches: branches(weight), control: 'master', version })

describe('the config of an app', () => {
  const url = `/v1/apps/shop/config?key=${keys.write}`

  it('has what clients see, and how to ask whether it changed', async () => {
    const { server } = await startIngest({ definitions: running() })
    const reply = await server.inject({ url, headers: { origin: 'https://shop.example' } })
    expect([reply.statusCode, reply.json()]).toEqual([200, { tests: { t: client(1, 2) } }])
    expect(reply.body).not.toContain('secret')
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'etag',
      vary: expect.stringContaining('accept'),
      etag: expect.stringMatching(/^"[\w-]{27}"$/),
    })
  })

  it('is not sent again while it is the same', async () => {
    const definitions = running()
    const { server } = await startIngest({ definitions })
    const asked = (tag: string) => server.inject({ url, headers: { 'if-none-match': tag } })
    const { headers } = await server.inject(url)
    const tag = String(headers.etag)
    for (const same of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const reply = await asked(same)
      expect([reply.statusCode, reply.body, reply.headers.etag]).toEqual([304, '', tag])
    }
    for (const other of ['', '"x"', tag.slice(0, -2)]) expect((await asked(other)).statusCode).toBe(200)
    definitions.apply(record(2, define(3)))
    const changed = await asked(tag)
    expect([changed.statusCode, changed.json().tests.t]).toEqual([200, client(3, 3)])
    expect(changed.headers.etag).not.toBe(tag)
  })

  it('has tests that run or were shipped, and no others', async () => {
    const definitions = new Definitions()
    const { server } = await startIngest({ definitions })
    const seen = async () => (await server.inject(url)).json().tests
    expect(await seen()).toEqual({})
    const changes: [object, object][] = [
      [define(1), {}],
      [{ what: 'start' }, { t: client(1, 2) }],
      [{ what: 'stop' }, {}],
      [{ what: 'stop', ship: 'new' }, { t: { ...client(1, 4), ship: 'new' } }],
      [{ what: 'archive' }, {}],
    ]
    for (const [i, [change, expected]] of changes.entries()) {
      definitions.apply(record(i, change))
      expect(await seen()).toEqual(expected)
    }
  })

  it('is empty for an app that nobody defined tests for', async () => {
    const { server } = await startIngest({ definitions: running() })
    const reply = await server.inject(`/v1/apps/other/config?key=${keys.write}`)
    expect([reply.statusCode, reply.body]).toEqual([200, '{"tests":{}}'])
  })

  it.each([
    ['the write key as a bearer', '/v1/apps/shop/config', `Bearer ${keys.write}`, 200, undefined],
    ['no key', '/v1/apps/shop/config', '', 401, 'key-missing'],
    ['an unknown key', '/v1/apps/shop/config?key=wk_other', '', 401, 'key-invalid'],
    ['the read key', `/v1/apps/shop/config?key=${keys.read}`, '', 403, 'key-forbidden'],
    ['a name too long', `/v1/apps/${'x'.repeat(129)}/config?key=${keys.write}`, '', 400, 'query-invalid'],
    ['a name that is none', `/v1/apps/%00/config?key=${keys.write}`, '', 400, 'query-invalid'],
  ])('with %s', async (_, url, authorization, status, code) => {
    const { server } = await startIngest({ definitions: running() })
    const reply = await server.inject({ url, headers: { authorization } })
    expect([reply.statusCode, reply.json().code]).toEqual([status, code])
  })

  it('may be asked from any page, and only that address', async () => {
    const { server } = await startIngest()
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' }
    const reply = await server.inject({ method: 'OPTIONS', url: '/v1/apps/shop/config', headers })
    expect([reply.statusCode, reply.headers]).toMatchObject([
      204,
      {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': 'authorization, if-none-match',
      },
    ])
    expect((await server.inject({ method: 'OPTIONS', url: '/v1/apps/shop/tests', headers })).statusCode).toBe(404)
  })
})

describe('a stream of the config', () => {
  async function listen(options: Parameters<typeof startIngest>[0]) {
    const { server } = await startIngest(options)
    await server.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => server.close())
    const { port } = server.server.address() as AddressInfo
    const open = async (app = 'shop') => {
      const url = `http://127.0.0.1:${port}/v1/apps/${app}/config?key=${keys.write}`
      const request = get(url, { headers: { accept: 'text/event-stream', origin: 'https://shop.example' } })
      onTestFinished(() => void request.destroy())
      const [reply] = (await once(request, 'response')) as [IncomingMessage]
      let text = ''
      reply.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      const events = () => [...text.matchAll(/event: config\ndata: (.*)\n\n/g)].map((m) => JSON.parse(m[1]!))
      return { reply, events, text: () => text, leave: () => request.destroy() }
    }
    return { server, open }
  }

  it('begins with all of it, and tells of each change of its app', async () => {
    const definitions = running()
    const { open } = await listen({ definitions })
    const [shop, other] = [await open(), await open('other')]
    expect(shop.reply.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
    })
    await vi.waitFor(() => expect(shop.events()).toEqual([{ tests: { t: client(1, 2) } }]))
    definitions.apply(record(2, define(3)))
    await vi.waitFor(() => expect(shop.events().slice(1)).toEqual([{ tests: { t: client(3, 3) } }]))
    await vi.waitFor(() => expect(other.events()).toEqual([{ tests: {} }]))
    expect(shop.text()).toMatch(/^retry: \d{4}\n\n/)
  })

  it('is refused when there are too many, until one leaves', async () => {
    const { open } = await listen({ limits: { streams: 1 } })
    const first = await open()
    const second = await open()
    await vi.waitFor(() => expect(second.text()).toContain('too-many-streams'))
    expect([second.reply.statusCode, second.reply.headers['retry-after']]).toEqual([503, '60'])
    first.leave()
    await vi.waitFor(async () => expect((await open()).reply.statusCode).toBe(200))
  })

  it('ends when the server stops, and nothing more is said to it', async () => {
    const definitions = running()
    const { server, open } = await listen({ definitions })
    const { reply } = await open()
    const ended = once(reply, 'end')
    await server.close()
    await ended
    definitions.apply(record(2, define(3)))
  })

  it('is kept alive by a comment each fifteen seconds', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { open } = await listen({})
    const { text } = await open()
    vi.advanceTimersByTime(14_999)
    expect(text()).not.toContain(': alive')
    vi.advanceTimersByTime(1)
    vi.useRealTimers()
    await vi.waitFor(() => expect(text()).toContain(': alive\n\n'))
  })
})

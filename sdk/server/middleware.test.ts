import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Client, type ClientConfig, type ClientOptions, createClient, knownBots, matches } from '../index.js'
import { FakeServer } from '../testkit/fake-server.js'
import { fakeService } from '../testkit/fake-service.js'
import { assay as expressAssay } from './express.js'
import { assay as fastifyAssay } from './fastify.js'
import { type RequestVisitor, type ServerOptions, visit, visitFetch } from './server.js'

type Handle = (visitor: RequestVisitor) => string
interface Answer {
  status: number
  cookies: string[]
  body: string
}
type Ask = (path: string, headers?: Record<string, string | string[]>) => Promise<Answer>
/** Options whose functions look at what all requests have. */
type Options = ServerOptions<{ headers: unknown }>
type Serve = (client: Client, options: Options, handle: Handle) => Promise<Ask>

/** Over real HTTP, which takes what no `fetch` would send. */
const over =
  (server: Server): Ask =>
  (path, headers = {}) =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as AddressInfo
      request({ port, path, headers, agent: false }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode!, cookies: response.headers['set-cookie'] ?? [], body }),
        )
      })
        .on('error', reject)
        .end()
    })

async function listen(server: Server): Promise<Ask> {
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())
  return over(server)
}

const servers: Record<string, Serve> = {
  'node:http': (client, options, handle) =>
    listen(createServer((req, res) => void res.end(handle(visit(client, req, res, options))))),
  express(client, options, handle) {
    const app = express()
    if (options.trustProxy) app.set('trust proxy', true)
    app.use(expressAssay(client, options), expressAssay(client, options))
    app.get('/{*path}', (req, res) => void res.send(handle(req.assay)))
    return listen(createServer(app))
  },
  async fastify(client, options, handle) {
    const app = fastify({ trustProxy: options.trustProxy ?? false })
    app.register(fastifyAssay, { client, ...options })
    app.get('/*', (req) => handle(req.assay))
    await app.listen({ port: 0 })
    onTestFinished(() => app.close())
    return over(app.server)
  },
  async fetch(client, options, handle) {
    return async (path, headers = {}) => {
      const sent = new Headers()
      for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) sent.append(name, one)
      const found = visitFetch(client, new Request(`http://shop.test${path}`, { headers: sent }), options as object)
      const response = found.respond(new Response(handle(found.visitor)))
      return { status: response.status, cookies: response.headers.getSetCookie(), body: await response.text() }
    }
  },
}

const split = {
  branches: [
    { name: 'master', weight: 1 },
    { name: 'one-page', weight: 1 },
  ],
}
const config: ClientConfig = {
  tests: {
    checkout: split,
    sticky: { ...split, sticky: true },
    pro: { ...split, branches: [split.branches[0]!, { name: 'for-pros', weight: 1e9 }], targeting: { plan: 'pro' } },
  },
}

const ID = 'V1StGXR8_Z5jdHi6B-myT'
const COOKIE = /^assay=1\.([\w-]{21}); Path=\/; Max-Age=31536000; SameSite=Lax$/

describe('whoever asks `visit` beside the middleware is given the same user, of whom one cookie goes out', () => {
  const open = () => createClient({ ...fakeService(config.tests).options, config, refresh: 0 })
  type Asked = Pick<RequestVisitor, 'user'>
  const expectOne = async (ask: Ask) => {
    const { cookies, body } = await ask('/')
    const users: string[] = JSON.parse(body)
    expect([new Set(users).size, cookies]).toEqual([1, [expect.stringContaining(`assay=1.${users[0]};`)]])
  }
  const usersOf = (asked: Asked[]) => JSON.stringify(asked.map(({ user }) => user))

  test.each<[string, (middleware: () => Asked, raw: () => Asked) => Asked[]]>([
    ['first', (middleware, raw) => [raw(), middleware(), raw()]],
    ['afterwards', (middleware, raw) => [middleware(), raw(), middleware()]],
  ])('%s', async (_, askAll) => {
    const client = open()
    const onExpress = express()
    onExpress.use(expressAssay(client))
    onExpress.get('/', (req, res) => {
      const raw = () => visit(client, req, res)
      res.send(usersOf(askAll(() => req.assay, raw)))
    })
    await expectOne(await listen(createServer(onExpress)))

    const onFastify = fastify()
    onFastify.register(fastifyAssay, { client })
    onFastify.get('/', (req, reply) => {
      const raw = () => visit(client, req.raw, reply.raw)
      return usersOf(askAll(() => req.assay, raw))
    })
    await onFastify.listen({ port: 0 })
    onTestFinished(() => onFastify.close())
    await expectOne(over(onFastify.server))
  })

  test('another client has users of its own', async () => {
    const other = createClient({ ...open().options, cookie: { name: 'other' } })
    const app = express()
    app.use(expressAssay(open()))
    app.get('/', (req, res) => void res.send(usersOf([req.assay, visit(other, req, res)])))
    const { cookies, body } = await (await listen(createServer(app)))('/')
    expect(new Set(JSON.parse(body)).size).toBe(2)
    expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).toEqual(['assay', 'other'])
  })
})

describe.each(Object.entries(servers))('%s', (_, serve) => {
  async function start(handle: Handle, options: Options = {}, given: Partial<ClientOptions> = {}) {
    const server = new FakeServer()
    const errors: string[] = []
    const client = createClient({
      ...{ url: 'http://assay.test', key: 'w', app: 'shop', config, refresh: 0, targeting: matches },
      ...{ fetch: server.fetch, onError: (error) => errors.push(`${error}`), ...given },
    })
    const sent = async () => {
      await client.flush()
      return server.events
    }
    return { client, errors, sent, ask: await serve(client, options, handle) }
  }
  const assign: Handle = (visitor) => `${visitor.user} ${visitor.assign('checkout')}`

  test('a new user gets a cookie once, and is the same user ever after', async () => {
    const { ask, sent, errors } = await start(assign)
    const first = await ask('/')
    expect(first.cookies).toEqual([expect.stringMatching(COOKIE)])
    const id = COOKIE.exec(first.cookies[0]!)![1]!
    const second = await ask('/', { cookie: `theme=dark; assay=1.${id}; a=b` })
    expect(second).toEqual({ status: 200, cookies: [], body: first.body })
    expect(first.body.split(' ')[0]).toBe(id)
    expect(await sent()).toEqual([expect.objectContaining({ user: id, event: '$exposure' })])
    expect(errors).toEqual([])
  })

  test('a sticky branch is written into the cookie, and stays whatever the weights become', async () => {
    const { ask } = await start((visitor) => visitor.assign('sticky'))
    const { cookies, body } = await ask('/', { cookie: `assay=1.${ID}` })
    expect(cookies).toEqual([expect.stringContaining(`assay=1.${ID}|sticky:${body}; `)])
    const other = body === 'master' ? 'one-page' : 'master'
    expect(await ask('/', { cookie: `assay=1.${ID}|sticky:${other}` })).toMatchObject({ body: other, cookies: [] })
  })

  test.each<[string, Record<string, string>, Options, Partial<ClientOptions>]>([
    ['Do Not Track', { dnt: '1' }, {}, {}],
    ['Global Privacy Control', { 'sec-gpc': '1' }, {}, {}],
    ['consent that is pending', {}, { consent: () => 'pending' }, {}],
    ['consent that is denied', {}, { consent: () => 'denied' }, {}],
    ['consent that cannot be found out', {}, { consent: () => fail() }, {}],
    ['a client that may not', {}, { consent: () => 'granted' }, { consent: 'denied' }],
    ['a client that may not yet', {}, {}, { consent: 'pending' }],
    ['a bot', { 'user-agent': 'Googlebot/2.1' }, {}, { leaveOut: knownBots }],
  ])('%s: no cookie, not counted, the control', async (_, headers, options, given) => {
    const config = { tests: { checkout: { branches: [split.branches[0]!, { name: 'one-page', weight: 1e9 }] } } }
    const { ask, sent } = await start(
      (visitor) => {
        visitor.track('view')
        return visitor.assign('checkout')
      },
      options,
      { config, ...given },
    )
    for (const cookie of [undefined, `assay=1.${ID}`])
      expect(await ask('/', { ...headers, ...(cookie && { cookie }) })).toMatchObject({ body: 'master', cookies: [] })
    expect(await sent()).toEqual([])
    expect(await ask('/?assay=checkout:one-page', headers)).toMatchObject({ body: 'one-page', cookies: [] })
  })

  test.each<[string, Record<string, string>, Partial<ClientOptions>]>([
    ['signals that are not honoured', { dnt: '1', 'sec-gpc': '1' }, { honorPrivacySignals: false }],
    ['a user who may be tracked', { dnt: '0', 'sec-gpc': '0' }, {}],
    ['a bot where bots count', { 'user-agent': 'Googlebot/2.1' }, {}],
    ['a browser where bots do not', { 'user-agent': 'Mozilla/5.0' }, { leaveOut: knownBots }],
  ])('%s: counted', async (_, headers, given) => {
    const { ask, sent } = await start(assign, { consent: () => 'granted' }, given)
    expect((await ask('/', headers)).cookies).toHaveLength(1)
    expect(await sent()).toHaveLength(1)
  })

  test('a user whom the app knows is counted as that, without a cookie', async () => {
    const { ask, sent } = await start(assign, { user: (req) => new Headers(req.headers as never).get('x-user') })
    expect(await ask('/', { 'x-user': 'ann', cookie: `assay=1.${ID}` })).toMatchObject({
      body: expect.stringMatching(/^ann /),
      cookies: [],
    })
    expect((await ask('/')).cookies).toHaveLength(1)
    expect((await sent())[0]!.user).toBe('ann')
  })

  test('attributes of the request are targeted', async () => {
    const { ask } = await start((visitor) => visitor.assign('pro'), {
      attributes: (req) => ({ plan: new Headers(req.headers as never).get('x-plan') }),
    })
    expect((await ask('/', { 'x-plan': 'pro' })).body).toBe('for-pros')
    expect((await ask('/', { 'x-plan': 'free' })).body).toBe('master')
  })

  test('a branch in the address is shown and not counted', async () => {
    const { ask, sent } = await start(assign)
    expect((await ask('/cart?a=b&assay=checkout:one-page,other:b')).body).toMatch(/one-page$/)
    expect((await ask('/cart?assay=checkout%3Amaster')).body).toMatch(/master$/)
    expect(await sent()).toEqual([])
  })

  test('secure if it came by https, as far as a proxy is believed', async () => {
    const trusting = await start(assign, { trustProxy: true })
    const wary = await start(assign)
    const headers = { 'x-forwarded-proto': 'https' }
    expect((await trusting.ask('/', headers)).cookies).toEqual([expect.stringMatching(/; Secure$/)])
    expect((await trusting.ask('/')).cookies).toEqual([expect.stringMatching(COOKIE)])
    expect((await trusting.ask('/', { 'x-forwarded-proto': 'http' })).cookies).toEqual([expect.stringMatching(COOKIE)])
    expect((await wary.ask('/', headers)).cookies).toEqual([expect.stringMatching(COOKIE)])
  })

  test('name and domain of the cookie are the client’s', async () => {
    const cookie = { name: 'shop-test', domain: 'shop.example' }
    const { ask } = await start(assign, {}, { cookie })
    expect((await ask('/', { cookie: `assay=1.${ID}` })).cookies).toEqual([
      expect.stringMatching(/^shop-test=1\.[\w-]{21};.*; Domain=shop\.example$/),
    ])
    expect(await ask('/', { cookie: `shop-test=1.${ID}` })).toMatchObject({ cookies: [] })
  })

  test.each<[string, string | string[]]>([
    ['not a cookie', ';;;=;,=%%%; assay; assay='],
    ['no id', 'assay=1.'],
    ['an id with markup', 'assay=1.<script>alert(1)</script>'],
    ['an id of another user’s making', `assay=1.${'x'.repeat(65)}`],
    ['a later version', `assay=2.${ID}`],
    ['bytes', 'assay=1.\u00ff\u00fe\u0080'],
    ['giant', `assay=1.${'|a:b'.repeat(3000)}`],
  ])('a cookie that is %s: a new user', async (_, cookie) => {
    const { ask } = await start(assign)
    const { status, cookies } = await ask('/', { cookie })
    expect({ status, cookies }).toEqual({ status: 200, cookies: [expect.stringMatching(COOKIE)] })
  })

  test.each([
    ['many others', `${'a=b; '.repeat(2000)}assay=1.${ID}`],
    ['a broken one of the name first', `assay=1.!; assay=1.${ID}; assay=1.${'z'.repeat(21)}`],
    ['branches by the thousand', `assay=1.${ID}${'|__proto__:constructor|a:b|%E0%A4%A:x|:'.repeat(200)}`],
  ])('a good cookie beside %s: its user', async (_, cookie) => {
    const { ask, errors } = await start(assign)
    expect((await ask('/', { cookie })).body).toMatch(ID)
    expect(errors).toEqual([])
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a test named %s', async (name) => {
    const named = JSON.parse(`{"${name}":${JSON.stringify({ ...split, sticky: true })}}`)
    for (const config of [{ tests: {} }, { tests: named }]) {
      const { ask, errors } = await start((visitor) => `${visitor.assign(name)} ${visitor.peek(name)}`, {}, { config })
      const { status, body } = await ask(`/?assay=${name}:constructor`, { cookie: `assay=1.${ID}|${name}:toString` })
      expect({ status, body }).toEqual({ status: 200, body: expect.stringMatching(/^(master|one-page) \1$/) })
      expect(errors).toEqual([])
    }
  })

  test('options that throw are told of, and the request is answered', async () => {
    const { ask, errors } = await start(assign, { user: () => fail(), attributes: () => fail() })
    expect((await ask('/')).cookies).toHaveLength(1)
    expect(errors).toEqual(['Error: the app’s', 'Error: the app’s'])
  })
})

function fail(): never {
  throw new Error('the app’s')
}

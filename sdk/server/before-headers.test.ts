import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../index.js'
import { assay } from './fastify.js'
import { visit } from './server.js'

const split = {
  branches: [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 1 },
  ],
  sticky: true,
}
const errors: string[] = []
const client = createClient({
  ...{ url: 'http://assay.test', key: 'w', app: 'shop', config: { tests: { late: split } }, refresh: 0 },
  fetch: async () => Response.json({ rejected: [] }),
  onError: (error) => errors.push(`${error}`),
})

/** What `Set-Cookie` comes to when a response is sent in one way or another, the id left out. */
async function cookiesOf(send: (res: ServerResponse, req: IncomingMessage) => void): Promise<string[]> {
  const server = createServer((req, res) => send(res, req))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ port: (server.address() as AddressInfo).port, agent: false }, resolve).on('error', reject),
  )
  response.resume()
  return (response.headers['set-cookie'] ?? []).map(shorten)
}
const shorten = (cookie: string) => cookie.replace(/1\.[\w-]{21}/, 'ID').replace(/;.*/, '')

test.each<[string, (res: ServerResponse) => void, string[]]>([
  ['end', (res) => res.end(), ['assay=ID']],
  ['write', (res) => res.write('a') && res.end(), ['assay=ID']],
  ['flushHeaders', (res) => res.flushHeaders() ?? res.end(), ['assay=ID']],
  ['a status', (res) => res.writeHead(404).end(), ['assay=ID']],
  ['a status and its message', (res) => res.writeHead(404, 'Nowhere').end(), ['assay=ID']],
  ['headers', (res) => res.writeHead(200, { 'x-a': 'b' }).end(), ['assay=ID']],
  ['headers with a message', (res) => res.writeHead(200, 'Fine', { 'x-a': 'b' }).end(), ['assay=ID']],
  ['a cookie set', (res) => res.setHeader('set-cookie', 'a=b').end(), ['a=b', 'assay=ID']],
  ['cookies appended', (res) => res.appendHeader('Set-Cookie', ['a=b', 'c=d']).end(), ['a=b', 'c=d', 'assay=ID']],
  ['a cookie among headers', (res) => res.writeHead(200, { 'SET-cookie': 'a=b' }).end(), ['a=b', 'assay=ID']],
  [
    'cookies among headers',
    (res) => res.writeHead(200, { 'set-cookie': ['a=b', 'c=d'] }).end(),
    ['a=b', 'c=d', 'assay=ID'],
  ],
  ['a list of headers', (res) => res.writeHead(200, ['x-a', 'b', 'Set-Cookie', 'a=b']).end(), ['a=b', 'assay=ID']],
  [
    'a list beside a cookie set',
    (res) => res.setHeader('set-cookie', 'a=b').writeHead(200, ['x-a', 'b']).end(),
    ['a=b', 'assay=ID'],
  ],
  ['pairs of headers', (res) => res.writeHead(200, [['x-a', 'b']] as never).end(), ['assay=ID']],
  ['no headers in a list', (res) => res.writeHead(200, []).end(), ['assay=ID']],
  ['a cookie of that name by the app', (res) => res.setHeader('set-cookie', 'assay=; Max-Age=0').end(), ['assay=']],
  ['the same among headers', (res) => res.writeHead(200, { 'set-cookie': 'assay=own' }).end(), ['assay=own']],
  [
    'headers that were wrong, and a second try',
    (res) => attempt(() => res.writeHead(99)) ?? res.writeHead(500).end(),
    ['assay=ID'],
  ],
])('a response sent by %s sets the cookie once', async (_, send, expected) => {
  const cookies = await cookiesOf((res, req) => {
    visit(client, req, res)
    send(res)
  })
  expect(cookies.sort()).toEqual(expected.sort())
  expect(errors.splice(0)).toEqual([])
})

const attempt = (work: () => void) => {
  try {
    work()
  } catch {}
}

test('a branch that is assigned at the last moment is in the cookie, and one after the headers is not', async () => {
  const cookies = await cookiesOf((res, req) => {
    const visitor = visit(client, req, res)
    res.once('close', () => visitor.assign('other'))
    visitor.assign('late')
    res.write('a')
    visitor.assign('later')
    res.end()
  })
  expect(cookies).toEqual([expect.stringMatching(/^assay=ID\|late:[ab]$/)])
})

test('headers that were sent already: the visitor is there, and nothing is thrown', async () => {
  let branch = ''
  const cookies = await cookiesOf((res, req) => {
    res.writeHead(200)
    res.write('a')
    branch = visit(client, req, res).assign('late')
    res.end()
  })
  expect({ cookies, branch }).toEqual({ cookies: [], branch: expect.stringMatching(/^[ab]$/) })
  expect(errors.splice(0)).toEqual([])
})

test('a response that cannot be changed is told of', () => {
  const response = Object.freeze({ getHeader: () => undefined, setHeader: () => {}, writeHead: () => {} })
  expect(visit(client, { headers: {} }, response as never).assign('late')).toMatch(/^[ab]$/)
  expect(errors.splice(0)).toEqual([expect.stringMatching(/read only/)])
})

test('HTTP/2', async () => {
  const server = createHttp2Server((req, res: Http2ServerResponse) => {
    visit(client, req, res as never)
    res.writeHead(200, { 'x-a': 'b' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const session = connect(`http://localhost:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.close()
    server.close()
  })
  const headers = await new Promise<{ 'set-cookie'?: string[] }>((resolve, reject) =>
    session.request({ ':path': '/' }).on('response', resolve).on('error', reject).resume(),
  )
  expect(headers['set-cookie']?.map(shorten)).toEqual(['assay=ID'])
})

test('fastify: what plugins set, routes that take over, redirects and errors keep their cookies beside it', async () => {
  const app = fastify()
  app.register(assay, { client })
  app.addHook('onRequest', async (_, reply) => void reply.header('set-cookie', 'session=1'))
  app.get('/ok', (req, reply) => reply.header('set-cookie', 'a=b').send(req.assay.user))
  app.get('/moved', (req, reply) => req.assay.assign('late') && reply.redirect('/ok'))
  app.get('/broken', (req) => {
    throw new Error(req.assay.user)
  })
  app.get('/raw', (req, reply) => {
    const { user } = req.assay
    reply.hijack()
    reply.raw.writeHead(200, { 'set-cookie': 'raw=1' }).end(user)
  })
  app.get('/file', () => 'of nobody')
  const answers = ['/ok', '/moved', '/broken', '/raw', '/file'].map(async (url) => {
    const cookies = [(await app.inject({ url })).headers['set-cookie']].flat()
    return [url, cookies.map((cookie) => shorten(`${cookie}`).replace(/:[ab]$/, ':BRANCH')).sort()]
  })
  expect(Object.fromEntries(await Promise.all(answers))).toEqual({
    '/ok': ['a=b', 'assay=ID', 'session=1'],
    '/moved': ['assay=ID|late:BRANCH', 'session=1'],
    '/broken': ['assay=ID', 'session=1'],
    '/raw': ['assay=ID', 'raw=1'],
    '/file': ['session=1'],
  })
  await app.close()
})

test('fastify: the plugin reaches routes beside it, and what hooks found out is known at the first use', async () => {
  const app = fastify()
  app.decorateRequest('account', '')
  app.register(assay, { client, user: (req) => (req as { account?: string }).account })
  app.register(async (inner) => {
    inner.addHook('preHandler', async (req) => void Object.assign(req, { account: 'ann' }))
    inner.get('/inside', (req) => req.assay.user)
  })
  expect((await app.inject('/inside')).body).toBe('ann')
  expect(app.hasRequestDecorator('assay')).toBe(true)
  await app.close()
})

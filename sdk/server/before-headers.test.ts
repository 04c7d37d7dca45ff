import { Agent, createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http'
import {
  connect,
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../index.js'
import { assay as expressAssay } from './express.js'
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
  fetch: async () => Response.json({ rejected: [] }, { status: 202 }),
  onError: (error) => errors.push(`${error}`),
})

type Send = (res: ServerResponse, req: IncomingMessage) => void

/** What `Set-Cookie` comes to when a response is sent in one way or another, the id left out. */
async function cookiesOf(send: Send, method = 'GET'): Promise<string[]> {
  const server = createServer((req, res) => send(res, req))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  onTestFinished(() => void server.close())
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ port: (server.address() as AddressInfo).port, agent: false, method }, resolve)
      .on('error', reject)
      .end(),
  )
  response.resume()
  return (response.headers['set-cookie'] ?? []).map(shorten)
}

/** The same over HTTP/2, whose responses take after the others. */
async function cookiesOf2(send: Send, secure?: SecureServerOptions): Promise<string[]> {
  const answer = (req: Http2ServerRequest, res: Http2ServerResponse) => send(res as never, req as never)
  const server = secure ? createSecureServer(secure, answer) : createHttp2Server(answer)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const url = `http${secure ? 's' : ''}://localhost:${(server.address() as AddressInfo).port}`
  const session = connect(url, { rejectUnauthorized: false })
  onTestFinished(() => {
    session.close()
    server.close()
  })
  const headers = await new Promise<{ 'set-cookie'?: string[] }>((resolve, reject) =>
    session.request({ ':path': '/' }).on('response', resolve).on('error', reject).resume(),
  )
  return secure ? headers['set-cookie']! : (headers['set-cookie'] ?? []).map(shorten)
}

const shorten = (cookie: string) => cookie.replace(/1\.[\w-]{21}/, 'ID').replace(/;.*/, '')

/** HTTP/2's responses do not give themselves back. */
const then = (_: unknown, res: ServerResponse) => res
const ways: [string, (res: ServerResponse) => void, string[]][] = [
  ['end', (res) => res.end(), ['assay=ID']],
  ['write', (res) => res.write('a') && res.end(), ['assay=ID']],
  ['flushHeaders', (res) => res.flushHeaders() ?? res.end(), ['assay=ID']],
  ['a status', (res) => res.writeHead(404).end(), ['assay=ID']],
  ['a status and its message', (res) => res.writeHead(404, 'Nowhere').end(), ['assay=ID']],
  ['headers', (res) => res.writeHead(200, { 'x-a': 'b' }).end(), ['assay=ID']],
  ['headers with a message', (res) => res.writeHead(200, 'Fine', { 'x-a': 'b' }).end(), ['assay=ID']],
  ['a cookie set', (res) => then(res.setHeader('set-cookie', 'a=b'), res).end(), ['a=b', 'assay=ID']],
  [
    'cookies appended',
    (res) => then(res.appendHeader('Set-Cookie', ['a=b', 'c=d']), res).end(),
    ['a=b', 'c=d', 'assay=ID'],
  ],
  ['a cookie among headers', (res) => res.writeHead(200, { 'SET-cookie': 'a=b' }).end(), ['a=b', 'assay=ID']],
  [
    'cookies among headers',
    (res) => res.writeHead(200, { 'set-cookie': ['a=b', 'c=d'] }).end(),
    ['a=b', 'c=d', 'assay=ID'],
  ],
  ['a list of headers', (res) => res.writeHead(200, ['x-a', 'b', 'Set-Cookie', 'a=b']).end(), ['a=b', 'assay=ID']],
  [
    'a list beside a cookie set',
    (res) => then(res.setHeader('set-cookie', 'a=b'), res).writeHead(200, ['x-a', 'b']).end(),
    ['a=b', 'assay=ID'],
  ],
  ['pairs of headers', (res) => res.writeHead(200, [['x-a', 'b']] as never).end(), ['assay=ID']],
  ['no headers in a list', (res) => res.writeHead(200, []).end(), ['assay=ID']],
  [
    'a cookie of that name by the app',
    (res) => then(res.setHeader('set-cookie', 'assay=; Max-Age=0'), res).end(),
    ['assay='],
  ],
  ['the same among headers', (res) => res.writeHead(200, { 'set-cookie': 'assay=own' }).end(), ['assay=own']],
  [
    'headers that were wrong, and a second try',
    (res) => attempt(() => res.writeHead(99)) ?? res.writeHead(500).end(),
    ['assay=ID'],
  ],
  ['a redirect', (res) => res.writeHead(303, { location: '/' }).end(), ['assay=ID']],
  ['a status without a body', (res) => res.writeHead(304).end(), ['assay=ID']],
  ['hints before it', (res) => then(res.writeEarlyHints({ link: '</a.css>; rel=preload' }), res).end(), ['assay=ID']],
]

test.each<[string, typeof cookiesOf]>([
  ['HTTP/1.1', cookiesOf],
  ['HTTP/1.1 HEAD', (send) => cookiesOf(send, 'HEAD')],
  ['HTTP/2', (send) => cookiesOf2(send)],
])('%s: a response sets the cookie once, in whatever way it is sent', async (_, cookiesOf) => {
  for (const [way, send, expected] of ways) {
    const cookies = await cookiesOf((res, req) => {
      // Whoever asks again is told of the same user.
      const { user } = visit(client, req, res)
      if (visit(client, req, res).user !== user) errors.push('another user')
      send(res)
    })
    expect({ way, cookies: cookies.sort(), errors: errors.splice(0) }).toEqual({
      way,
      cookies: expected.sort(),
      errors: [],
    })
  }
})

test('HTTP/2 by TLS: the cookie is secure', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  const cookies = await cookiesOf2((res, req) => visit(client, req, res) && res.end(), { key, cert })
  expect(cookies).toEqual([expect.stringMatching(/^assay=1\.[\w-]{21}; .*; Secure$/)])
})

test('on one connection each response has its own cookie', async () => {
  const server = createServer((req, res) => void res.end(visit(client, req, res).user))
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => {
    agent.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = () =>
    new Promise<string[]>((resolve, reject) =>
      get({ port, agent }, async (res) => {
        const body = Buffer.concat(await res.toArray()).toString()
        resolve([body, ...res.headers['set-cookie']!.map((cookie) => cookie.split(/[.;]/)[1]!)])
      }).on('error', reject),
    )
  const [first, second] = [await ask(), await ask()]
  expect([first[0], second[0]]).toEqual([first[1], second[1]])
  expect(first[0]).not.toBe(second[0])
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

test('express: cookies of the app, redirects, files that are known, and errors keep their cookies beside it', async () => {
  const app = express()
  app.use((_, res, next) => next(void res.cookie('session', '1')), expressAssay(client))
  app.get('/ok', (req, res) => void res.cookie('a', 'b').send(req.assay.user))
  app.get('/moved', (req, res) => res.redirect(req.assay.assign('late') && '/ok'))
  app.get('/known', (req, res) => void res.set('etag', '"1"').status(304).end(req.assay.user))
  app.get('/broken', (req) => {
    throw new Error(req.assay.user)
  })
  app.get('/file', (_, res) => void res.send('of nobody'))
  app.set('env', 'test')
  const cookies: Record<string, string[]> = {}
  for (const url of ['/ok', '/moved', '/known', '/broken', '/file'])
    cookies[url] = (await cookiesOf((res, req) => app(Object.assign(req, { url }), res)))
      .map((cookie) => cookie.replace(/:[ab]$/, ':BRANCH'))
      .sort()
  expect(cookies).toEqual({
    '/ok': ['a=b', 'assay=ID', 'session=1'],
    '/moved': ['assay=ID|late:BRANCH', 'session=1'],
    '/known': ['assay=ID', 'session=1'],
    '/broken': ['assay=ID', 'session=1'],
    '/file': ['session=1'],
  })
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

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { readConfig } from '@assay/core/config/config'
import { generate } from 'selfsigned'
import { Webhook } from 'standardwebhooks'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Resolve } from './address.js'
import { listen } from './testkit/listen.js'
import { sendWebhook, type WebhookOptions, webhookSender } from './webhook.js'

const SECRET = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`
const NOW = Date.parse('2026-11-22T05:00:00.500Z')
const message = { id: 'V1StGXR8_Z5jdHi6B-myT', body: '{"type":"rollout.begun","why":"größer"}' }

const send = (url: string, more: Partial<WebhookOptions> = {}) =>
  sendWebhook(url, message, { secret: SECRET, allowPrivate: true, now: NOW, ...more })

/** Has whoever connects get these bytes, and nothing more. */
async function listenRaw(bytes: string): Promise<string> {
  const server = createSocketServer((socket) => socket.on('error', () => {}).write(bytes))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('what is sent', () => {
  test('a POST of JSON with an id, a time in seconds and a signature', async () => {
    const { url, received } = await listen((_, response) => response.end('thanks'))
    expect(await send(url)).toMatchObject({ verdict: 'taken' })
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': '41',
          'webhook-id': message.id,
          'webhook-timestamp': '1795323600',
        },
        body: message.body,
      },
    ])
  })

  test('another implementation of Standard Webhooks verifies it, and nothing that was changed', async () => {
    const { url, received } = await listen((_, response) => response.end())
    await send(url, { now: Date.now() })
    const [{ headers, body }] = received as [(typeof received)[0]]
    const verify = (secret: string, text: string, more = {}) =>
      new Webhook(secret).verify(text, { ...(headers as Record<string, string>), ...more })
    expect(verify(SECRET, body)).toEqual(JSON.parse(message.body))
    expect(() => verify(SECRET, `${body} `)).toThrow('No matching signature')
    expect(() => verify(SECRET, body, { 'webhook-id': 'another' })).toThrow('No matching signature')
    expect(() => verify(OTHER, body)).toThrow('No matching signature')
  })

  test('while the secret is changed, receivers verify it by either', async () => {
    const { url, received } = await listen((_, response) => response.end())
    await send(url, { now: Date.now(), secret: `${SECRET} ${OTHER}` })
    const { headers, body } = received[0]!
    for (const secret of [SECRET, OTHER]) new Webhook(secret).verify(body, headers as Record<string, string>)
    expect(headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/)
  })

  test('the configuration says whether at all, and where to', async () => {
    const { url, received } = await listen((_, response) => response.end())
    const sender = (env: Record<string, string>) => webhookSender(readConfig(env))
    const { signal } = new AbortController()
    expect(sender({ ASSAY_WEBHOOK_PRIVATE: 'true' })).toBeNull()
    expect(await sender({ ASSAY_WEBHOOK_SECRET: SECRET })!(url, message, signal)).toMatchObject({ verdict: 'refused' })
    expect(received).toEqual([])
    const both = sender({ ASSAY_WEBHOOK_SECRET: SECRET, ASSAY_WEBHOOK_PRIVATE: 'true' })!
    expect(await both(url, message, signal)).toMatchObject({ verdict: 'taken' })
  })
})

describe('what an answer means', () => {
  test.each<[number, string]>([
    [200, 'taken'],
    [202, 'taken'],
    [204, 'taken'],
    [301, 'refused'],
    [302, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'again'],
    [410, 'gone'],
    [425, 'again'],
    [429, 'again'],
    [500, 'again'],
    [502, 'again'],
    [503, 'again'],
    [504, 'again'],
  ])('%i: %s', async (status, verdict) => {
    const target = await listen((_, response) => response.end())
    const { url } = await listen((_, response) => response.writeHead(status, { location: target.url }).end())
    expect(await send(url)).toMatchObject({ verdict, why: `It answered ${status}.` })
    expect(target.received).toEqual([])
  })

  test.each<[string, number | undefined]>([
    ['120', 120_000],
    ['0', undefined],
    ['Sun, 22 Nov 2026 05:00:30 GMT', 29_500],
    ['Sun, 22 Nov 2026 04:00:00 GMT', undefined],
    ['soon', undefined],
  ])('Retry-After: %s', async (header, after) => {
    const { url } = await listen((_, response) => response.writeHead(503, { 'retry-after': header }).end())
    expect((await send(url)).after).toBe(after)
  })

  test('nobody listens', async () => {
    const server: Server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({
      verdict: 'again',
      why: expect.stringMatching('ECONNREFUSED'),
    })
  })

  test.each([
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
  ])('a receiver that answers %s', async (_, bytes) => {
    expect(await send(await listenRaw(bytes), { timeout: 100 })).toMatchObject({ verdict: 'again' })
  })

  test('a receiver whose answer does not end has taken the message', async () => {
    const url = await listenRaw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')
    expect(await send(url, { timeout: 100 })).toMatchObject({ verdict: 'taken' })
  })

  test('a receiver that breaks off behind its answer has taken the message', async () => {
    const { url } = await listen((_, response) => {
      response.write('half', () => response.socket?.resetAndDestroy())
    })
    expect(await send(url)).toMatchObject({ verdict: 'taken' })
  })

  test('of an endless answer only the beginning is read', async () => {
    let written = 0
    const { url } = await listen((_, response) => {
      const more = () => {
        do written += 16_384
        while (!response.destroyed && response.write(Buffer.alloc(16_384)))
      }
      response.on('drain', more)
      more()
    })
    expect(await send(url)).toMatchObject({ verdict: 'taken' })
    // What is under way in the machine's buffers was written, and read by nobody.
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  test('who stops waits for no answer', async () => {
    const stop = new AbortController()
    const { url } = await listen(() => stop.abort())
    expect(await send(url, { signal: stop.signal })).toMatchObject({ verdict: 'again' })
  })
})

describe('where nothing is sent', () => {
  test('to a private address, by a number or by a name', async () => {
    const { url, received } = await listen((_, response) => response.end())
    const { port } = new URL(url)
    const resolve: Resolve = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }])
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '0', 'localhost', 'hooks.example']) {
      const more = { allowPrivate: false, ...(host === 'hooks.example' && { resolve }) }
      const { verdict, why } = await send(`http://${host}:${port}/`, more)
      expect([host, verdict, why]).toEqual([host, 'refused', expect.stringMatching(/public address/)])
    }
    expect(received).toEqual([])
  })

  test('to a name that led to an allowed address before, and leads to another now', async () => {
    const { url, received } = await listen((_, response) => response.end())
    const addresses = ['127.0.0.1', '169.254.169.254']
    const resolve: Resolve = (_host, _options, done) => done(null, [{ address: addresses.shift()!, family: 4 }])
    const toName = async () => (await send(`http://hooks.example:${new URL(url).port}/`, { resolve })).verdict
    expect([await toName(), await toName(), received.length]).toEqual(['taken', 'refused', 1])
  })

  test('to a receiver whose certificate nobody vouches for', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
    const asked: unknown[] = []
    const server = createSecureServer({ key, cert }, (request) => asked.push(request)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const answer = { verdict: 'again', why: expect.stringMatching('self-signed') }
    expect(await send(`https://localhost:${port}/`)).toMatchObject(answer)
    expect(asked).toEqual([])
  })
})

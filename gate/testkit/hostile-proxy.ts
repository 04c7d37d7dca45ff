import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { noMonitor } from '../monitor.js'
import { openProxy } from '../proxy/proxy.js'
import { Reporter } from '../report/reporter.js'
import { cookies, damaged, pick, type Random } from './hostile.js'
import { decisionsBy, release } from './tests.js'

/** A request that hides in another one's body, as what the proxy itself would say. */
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: x\r\nX-Assay-Branch: next\r\nX-Assay-Test: release\r\n\r\n'
const paths = ['/', '/cart?a=b', '/%E0%A4%A', '//x/y', '/../..', '*', 'http://x/', '/a b']
const headers = [
  ...['X-Assay-User: ann', 'x_assay_user: ann', 'X-Assay-Branch: next', 'X-Assay-Override: next:secret', 'DNT: 1'],
  ...['X-Forwarded-For: 1.2.3.4', 'Forwarded: for=1.2.3.4', 'Connection: x-assay-branch, host', 'Connection: close'],
  ...['Host: y', 'Expect: 100-continue', 'Upgrade: h2c', 'TE: trailers', 'X-A: b\r\n c', 'Content-Length : 5'],
  ...['Connection: Upgrade\r\nUpgrade: websocket', `X-Big: ${'x'.repeat(40_000)}`, 'Range: bytes=0-'],
]
const lengths = [
  ...['Content-Length: 0', 'Content-Length: 5', `Content-Length: ${HIDDEN.length}`, 'Content-Length: -1'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, identity'],
  ...['Transfer-Encoding:\vchunked', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
]
const bodies = [
  '',
  'abcde',
  HIDDEN,
  `0\r\n\r\n${HIDDEN}`,
  `5\r\nabcde\r\n0\r\n\r\n`,
  `5;a="\nb"\r\nabcde\r\n0\r\n\r\n`,
  'zz\r\n',
]

export function proxyInput(random: Random): Buffer {
  const few = headers.filter(() => random() < 0.08)
  const sizes = lengths.filter(() => random() < 0.12)
  const lines = ['Host: x', ...(random() < 0.5 ? [`Cookie: ${pick(random, cookies)}`] : []), ...few, ...sizes]
  const method = pick(random, ['GET', 'POST', 'HEAD', 'OPTIONS', 'get', 'CONNECT', 'TRACE'])
  const head = `${method} ${pick(random, paths)} HTTP/1.${random() < 0.1 ? 0 : 1}\r\n${lines.join('\r\n')}\r\n\r\n`
  return damaged(random, head + pick(random, bodies))
}

/** What is wrong with a request that has reached an app. */
function wrongAt(app: string, { url, headers, rawHeaders }: IncomingMessage): string {
  const count = (name: string) => rawHeaders.filter((one, i) => i % 2 === 0 && one.toLowerCase() === name).length
  // What only the proxy says has to be there once, or the app read another request than the proxy.
  if (
    count('x-assay-branch') !== 1 ||
    count('host') !== 1 ||
    !/(^|, )127\.0\.0\.1$/.test(`${headers['x-forwarded-for']}`)
  )
    return `not of the proxy: ${url}`
  if (headers['x-forwarded-for'] !== '127.0.0.1' || headers.forwarded) return `a sender who was believed: ${url}`
  if (headers['x-assay-user'] === 'ann' || 'x_assay_user' in headers) return `a user who was believed: ${url}`
  if (app === 'canary' && (headers['x-assay-branch'] !== 'next' || headers.dnt === '1')) return `in the canary: ${url}`
  return ''
}

/** A proxy of a test whose users all have the canary, and what is wrong of what its apps see. */
export async function hostileProxy() {
  const seen: string[] = []
  const apps = [await appOf('control', seen), await appOf('canary', seen)] as const
  const [control, next] = apps.map((app) => `http://127.0.0.1:${(app.address() as AddressInfo).port}`)
  const reporter = new Reporter({ url: control!, key: 'w', app: 'shop', instance: 'gate:test' })
  const door = await openProxy({
    ...{ host: '127.0.0.1', port: 0, timeout: 5000, upstreams: { control: control!, next: next! }, override: 'other' },
    ...{ decisions: decisionsBy(release(1)), reporter: silent(reporter), monitor: noMonitor },
  })
  return {
    ...{ port: Number(new URL(door.url).port), seen },
    async close() {
      await Promise.all([door.close(), reporter.close()])
      for (const app of apps) app.close()
    },
  }
}

/** Says nothing: of hostile inputs there are too many. */
function silent(reporter: Reporter): Reporter {
  reporter.exposed = reporter.sent = reporter.ended = () => {}
  return reporter
}

async function appOf(name: string, seen: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const wrong = wrongAt(name, request)
    if (wrong !== '') seen.push(wrong)
    request.resume()
    response.writeHead(200, { 'x-app': name, 'x-url': encodeURI(request.url!) }).end('served')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** What ends a connection on which nothing else is left to be read. */
const LAST = Buffer.from('GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
/** Milliseconds of silence after which more is waited for in vain, as in the middle of a body. */
const SILENCE = 100

/** What comes back to these bytes. Who sends an end is gone, as far as proxies know: it comes once all is answered. */
export async function sendAndWait(port: number, bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = []
  const socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
  socket.setTimeout(SILENCE, () => socket.destroy())
  socket.write(Buffer.concat([bytes, LAST]))
  await new Promise((resolve) => socket.on('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

/** What is wrong with the proxy's answer to these bytes; empty if nothing is. */
export function wrongOfProxy(bytes: Buffer, answer: string): string {
  const isRequest = /^[A-Z-]+ \/[^ ]* HTTP\/1\.[01]\r?$/m.test(bytes.toString('latin1'))
  if (answer !== '' && !/^HTTP\/1\.1 \d{3} /.test(answer)) return 'no HTTP'
  if (/^x-url: (?!\/last)/im.test(answer) && !isRequest) return 'sent on'
  return /^HTTP\/1\.1 5/m.test(answer) ? 'a failure of the app' : ''
}

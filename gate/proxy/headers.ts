import type { IncomingMessage } from 'node:http'

/** Of one connection, not of the message (RFC 9110, 7.6.1); `Expect` is answered here. */
const ofConnection = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
])
/** What only a proxy says. Some servers take `_` for `-`. */
const ofProxies = /^(x[-_]assay[-_]|x[-_]forwarded[-_]|forwarded$)/
/** The path and query of a request, as far as it may go on as it is. */
const TARGET = /^\/[\x21-\xff]*$/
/** A host and a port, without what ends one. */
const HOST = /^[\w.~!$&'()*+,;=%:[\]-]*$/

/** Why a request goes nowhere: whoever reads it otherwise would see another one in it. Empty if nothing is wrong. */
export function refusalOf({ url, headers, rawHeaders, httpVersion }: IncomingMessage): string {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  const coding = headers['transfer-encoding']
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'Expected HTTP/1.1.'
  if (!TARGET.test(url!)) return 'Expected a path that begins with a slash.'
  if (hosts.length > 1 || !HOST.test(headers.host ?? '')) return 'Expected one host.'
  if (coding !== undefined && (httpVersion === '1.0' || coding.toLowerCase() !== 'chunked'))
    return 'Expected no transfer coding but chunked.'
  return ''
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** What an upstream is told of where a request comes from. */
function forwarded(request: IncomingMessage, isTrusted: boolean): string[] {
  const { headers, socket } = request
  const before = isTrusted ? headers['x-forwarded-for'] : undefined
  const given = (name: string) => (isTrusted ? headers[`x-forwarded-${name}`] : undefined) as string | undefined
  const host = given('host') ?? headers.host
  return [
    ...['X-Forwarded-For', `${before === undefined ? '' : `${before}, `}${socket.remoteAddress}`],
    ...['X-Forwarded-Proto', given('proto') ?? 'http'],
    ...(host === undefined ? [] : ['X-Forwarded-Host', host]),
  ]
}

export interface Told {
  /** Names and values in turn. */
  headers: readonly string[]
  cookie: string
  /** Whether what the sender says of where it got the request from is true. */
  trustForwarded: boolean
}

/** A request's headers for an upstream, names and values in turn: all but those of the connection and of proxies. */
export function requestHeaders(request: IncomingMessage, { headers, cookie, trustForwarded }: Told): string[] {
  const kept = withoutConnection(request.rawHeaders, (name) => ofProxies.test(name) || name === 'cookie')
  if (cookie !== '') kept.push('Cookie', cookie)
  return [...kept, ...forwarded(request, trustForwarded), ...headers]
}

/** A response's headers for the browser. What the app sets itself, a cookie of the same name as well, comes first. */
export function responseHeaders(raw: readonly string[], cookie: string | undefined): string[] {
  const kept = withoutConnection(raw, () => false)
  if (cookie === undefined) return kept
  const own = cookie.slice(0, cookie.indexOf('=') + 1)
  const isSet = kept.some((value, i) => i % 2 === 1 && value.startsWith(own) && isSetCookie(kept[i - 1]!))
  if (!isSet) kept.push('Set-Cookie', cookie)
  return kept
}

const isSetCookie = (name: string) => name.toLowerCase() === 'set-cookie'

function withoutConnection(raw: readonly string[], isLeftOut: (name: string) => boolean): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    if (!ofConnection.has(name) && !named?.has(name) && !isLeftOut(name)) kept.push(raw[i]!, raw[i + 1]!)
  }
  return kept
}

/** What `Connection` names belongs to the connection too; a host or a length never does. */
function namedByConnection(raw: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length !== 10 || raw[i]!.toLowerCase() !== 'connection') continue
    if (/^(keep-alive|close|upgrade)$/i.test(raw[i + 1]!)) continue
    named ??= new Set()
    for (const name of raw[i + 1]!.toLowerCase().split(',')) named.add(name.trim())
  }
  for (const name of ['host', 'content-length']) named?.delete(name)
  return named
}

/** A `Cookie` header without the cookie of this name. */
export const cookieWithout = (header: string, name: string): string =>
  header.includes(`${name}=`)
    ? header
        .split(/; */)
        .filter((pair) => !pair.startsWith(`${name}=`))
        .join('; ')
    : header

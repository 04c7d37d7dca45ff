import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type KeyKind, parseKeys } from '@assay/core/keys'
import { CommandError, exit } from './failure.js'

export interface ServerOptions {
  url?: string
  key?: string
  data: string
}

export interface Server {
  url: string
  key: string
}

type Environment = Record<string, string | undefined>

/** The server to ask and the key to ask with: the options, else the variables, else the local data directory. */
export function discover(options: ServerOptions, kind: KeyKind, env: Environment = process.env): Server {
  const data = resolve(options.data)
  const url = origin(options.url ?? (urlFor(kind, env) || localUrl(data)) ?? noServer(data))
  const key = env[`ASSAY_${kind.toUpperCase()}_KEY`] || env.ASSAY_KEY || undefined
  return { url, key: options.key ?? key ?? localKey(data, url, kind) }
}

/** Ingest may be apart from what answers queries. */
function urlFor(kind: KeyKind, { ASSAY_INGEST_URL, ASSAY_URL }: Environment): string | undefined {
  return (kind === 'write' && ASSAY_INGEST_URL) || ASSAY_URL
}

function origin(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '')
  throw new CommandError(
    `Expected a URL such as http://localhost:4600; got ${url}.`,
    'Correct --url or ASSAY_URL.',
    exit.usage,
  )
}

function localUrl(data: string): string | null {
  try {
    return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')).url
  } catch {
    return null
  }
}

function noServer(data: string): never {
  throw new CommandError(
    `Expected a server: no --url, no ASSAY_URL, and none runs on ${data}.`,
    'Start one with `assay up`, or say where it is.',
    exit.unreachable,
  )
}

/** The directory's own key, which goes to the directory's own server and nowhere else. */
function localKey(data: string, url: string, kind: KeyKind): string {
  const local = localUrl(data)
  if (local === null || new URL(local).origin !== new URL(url).origin)
    throw noKey(kind, `the keys in ${data} are not for ${url}`)
  const file = join(data, 'keys.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw noKey(kind, `no ${file} to read`)
  }
  return parseKeys(text)[kind]
}

function noKey(kind: KeyKind, why: string): CommandError {
  return new CommandError(
    `Expected ${kind === 'admin' ? 'an' : 'a'} ${kind} key: no --key, no ASSAY_KEY, and ${why}.`,
    'Give one with --key.',
    exit.usage,
  )
}

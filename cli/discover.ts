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

/** The server to ask and the key to ask with: the options, else ASSAY_URL and ASSAY_KEY, else the local data directory. */
export function discover(options: ServerOptions, kind: KeyKind, env = process.env): Server {
  const data = resolve(options.data)
  const url = options.url ?? env.ASSAY_URL ?? localUrl(data)
  const key = options.key ?? env.ASSAY_KEY ?? localKey(data, kind)
  if (!URL.canParse(url))
    throw new CommandError(
      `Expected a URL such as http://localhost:4600; got ${url}.`,
      'Correct --url or ASSAY_URL.',
      exit.usage,
    )
  return { url: url.replace(/\/+$/, ''), key }
}

function localUrl(data: string): string {
  try {
    return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')).url
  } catch {
    throw new CommandError(
      `Expected a server: no --url, no ASSAY_URL, and none runs on ${data}.`,
      'Start one with `assay up`, or say where it is.',
      exit.unreachable,
    )
  }
}

function localKey(data: string, kind: KeyKind): string {
  const file = join(data, 'keys.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new CommandError(
      `Expected a ${kind} key: no --key, no ASSAY_KEY, and no ${file}.`,
      'Say one with --key.',
      exit.usage,
    )
  }
  return parseKeys(text)[kind]
}

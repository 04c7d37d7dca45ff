import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AssayError } from '@assay/core/errors'
import { createKeys, type Keys, parseKeys } from '@assay/core/keys'

/** Files of a data directory that only its owner may read. */
const OWNER_ONLY = { mode: 0o600 }

export interface DataDirectory {
  log: string
  store: string
  keysFile: string
  keys: Keys
  /** Whether the keys were made just now. */
  firstStart: boolean
}

/** Makes the directory and its keys where they are missing. @throws AssayError `config-invalid` for a damaged keys file. */
export function openDataDirectory(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const keysFile = keysFileOf(path)
  return { log: join(path, 'log'), store: join(path, 'store'), keysFile, ...loadKeys(keysFile) }
}

/** Where keys are: in a file of their own, `elsewhere`, or in the data directory. */
export const keysFileOf = (data: string, elsewhere = '') => elsewhere || join(data, 'keys.json')

function loadKeys(file: string): { keys: Keys; firstStart: boolean } {
  try {
    // `wx` fails where the file exists: two first starts at once cannot overwrite each other's keys.
    const keys = createKeys()
    writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { ...OWNER_ONLY, flag: 'wx' })
    return { keys, firstStart: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return { keys: readKeys(file), firstStart: false }
  }
}

/** @throws AssayError `config-invalid` for a file that is missing or damaged. */
export function readKeys(file: string): Keys {
  try {
    return parseKeys(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof AssayError) throw cause
    throw new AssayError('config-invalid', `keys: ${(cause as Error).message}`, { cause })
  }
}

/** Tells other commands on this machine where the server is. */
export function announce(path: string, url: string): void {
  writeFileSync(join(path, 'server.json'), `${JSON.stringify({ url, pid: process.pid })}\n`, OWNER_ONLY)
}

export function withdraw(path: string): void {
  rmSync(join(path, 'server.json'), { force: true })
}

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type Keys, parseKeys } from '@assay/core/keys'
import { flushFolder } from '../backup/folder.js'
import { readKeys } from '../data-directory.js'
import { CommandError } from '../failure.js'

/**
 * Changes the keys in a file, which is replaced as a whole: who reads it finds the old keys or the new ones. Its owner and
 * its mode stay. @throws AssayError `config-invalid`, CommandError
 */
export function changeKeys(path: string, change: (keys: Keys) => Keys): void {
  const file = realFile(path)
  const fresh = `${file}.new`
  const out = openFresh(fresh)
  try {
    // Read while no other command can change them.
    const text = `${JSON.stringify(change(readKeys(file)), null, 2)}\n`
    parseKeys(text)
    giveTo(out, file)
    writeSync(out, text)
    fsyncSync(out)
    renameSync(fresh, file)
    flushFolder(dirname(file))
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  } finally {
    closeSync(out)
  }
}

/** The file itself where a link leads to it, which stays one. @throws CommandError where there is none */
export function realFile(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw new CommandError(
      `Expected a file of keys at ${path}; there is none to read.`,
      'The first `assay up` makes it; --data or ASSAY_KEYS say where it is.',
    )
  }
}

/** Fails where the file exists, so that of two commands at once one waits for its turn. */
function openFresh(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CommandError(
      `Expected nobody else to change the keys; ${path} is there.`,
      'Run this again, or remove that file if nothing is changing them.',
    )
  }
}

function giveTo(fresh: number, file: string): void {
  const { uid, gid, mode } = statSync(file)
  const own = fstatSync(fresh)
  if (own.uid !== uid || own.gid !== gid) fchownSync(fresh, uid, gid)
  fchmodSync(fresh, mode & 0o777)
}

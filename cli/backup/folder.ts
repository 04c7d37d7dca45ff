import { closeSync, fsyncSync, lstatSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { AssayError } from '@assay/core/errors'

/** Removes a folder when the process ends, short of SIGKILL, unless what this gives was called. */
export function removedAtExit(path: string): () => void {
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return () => process.off('exit', remove)
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** @throws AssayError `folder-taken` */
export function refuseTaken(path: string): void {
  if (exists(path)) throw new AssayError('folder-taken', `Expected nothing at ${path}; something is there.`)
}

/** @throws AssayError `folder-taken` for anything but an empty folder. */
export function refuseFilled(path: string): void {
  if (!statSync(path).isDirectory()) throw new AssayError('folder-taken', `Expected a folder at ${path}; it is none.`)
  const [first] = readdirSync(path)
  if (first === undefined) return
  throw new AssayError('folder-taken', `Expected ${path} to be empty; ${first} is in it.`)
}

/** Has the disk keep what was made and renamed in a folder. */
export function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

const unwritable = /^(EACCES|EDQUOT|EFBIG|EIO|ENAMETOOLONG|ENOENT|ENOSPC|ENOTDIR|EPERM|EROFS)$/
/** As the engine says it. */
const full = /No space left|NOT_ENOUGH_SPACE/

/** Runs work that writes into a folder. @throws AssayError `folder-unwritable` when the file system refuses. */
export async function writingInto<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (!unwritable.test(code ?? '') && code !== 'log-unavailable' && !full.test(message)) throw cause
    throw new AssayError('folder-unwritable', `Expected to write into ${path}: ${message}`, { cause })
  }
}

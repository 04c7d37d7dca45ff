import { join } from 'node:path'
import { AssayError } from '@assay/core/errors'
import { digestOf } from './file.js'
import type { FileDigest, FileName, Manifest } from './manifest.js'
import { type WorkOptions, workBar } from './work-bar.js'

/** Reads every file of a backup against its manifest. @throws AssayError `backup-damaged` for the first that differs or is missing. */
export async function verifyFiles(folder: string, { files }: Manifest, options: WorkOptions): Promise<void> {
  const all = Object.entries(files) as [FileName, FileDigest][]
  const total = all.reduce((sum, [, { bytes }]) => sum + bytes, 0)
  const bar = workBar('checking', total, 'bytes', options)
  let done = 0
  const onBytes = (count: number) => {
    done += count
    bar.update(done)
  }
  for (const [name, expected] of all) {
    const found = await digestOf(join(folder, name), onBytes).catch((cause) => {
      throw new AssayError('backup-damaged', `Expected ${name} in ${folder}: ${(cause as Error).message}`, { cause })
    })
    if (found.bytes !== expected.bytes) throw differs(name, `${expected.bytes} bytes`, `${found.bytes}`)
    if (found.sha256 !== expected.sha256) throw differs(name, `SHA-256 ${expected.sha256}`, found.sha256)
  }
  bar.stop()
}

function differs(name: string, expected: string, found: string): AssayError {
  return new AssayError('backup-damaged', `Expected ${name} to have ${expected}; it has ${found}.`)
}

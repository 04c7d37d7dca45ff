import { mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { chunkLength } from '@assay/core/log/chunk'
import type { Progress } from '../progress.js'
import { writePlain, writeZipped } from './file.js'
import { flushFolder, refuseTaken, removedAtExit, writingInto } from './folder.js'
import { framed, unframed } from './frames.js'
import { FORMAT, fileOf, KEYS, MANIFEST, type Manifest, recordsIn, sealed } from './manifest.js'
import { parts } from './origin.js'
import type { Source } from './source.js'
import { type WorkOptions, workBar } from './work-bar.js'

export interface BackupOptions extends WorkOptions {
  folder: string
  /** Of the Assay that writes it. */
  version: string
}

export interface BackupSummary {
  folder: string
  records: number
  bytes: number
  seconds: number
}

/** Copies everything into a new folder, which gets its name once it is whole. @throws AssayError `folder-taken`, `folder-unwritable` */
export async function backUp(source: Source, { folder, version, ...options }: BackupOptions): Promise<BackupSummary> {
  const started = Date.now()
  const target = resolve(folder)
  const { log, files } = await writingInto(target, async () => {
    refuseTaken(target)
    mkdirSync(dirname(target), { recursive: true })
    const partial = mkdtempSync(`${target}.partial-`)
    const keep = removedAtExit(partial)
    const bar = workBar('backing up', source.about.records, 'records', options)
    const copied = await copyParts(source, partial, bar)
    bar.stop()
    const { idWindow } = source.about
    const manifest = { format: FORMAT, assay: version, time: new Date().toISOString(), idWindow, ...copied } as const
    writePlain(join(partial, MANIFEST), sealed(manifest))
    flushFolder(partial)
    renameSync(partial, target)
    keep()
    flushFolder(dirname(target))
    return copied
  })
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  return { folder: target, records: recordsIn({ log }), bytes, seconds: (Date.now() - started) / 1000 }
}

async function copyParts(
  { about, frames }: Source,
  folder: string,
  bar: Progress,
): Promise<Pick<Manifest, 'log' | 'files'>> {
  const keys = writePlain(join(folder, KEYS), `${JSON.stringify(about.keys, null, 2)}\n`)
  const files = { [KEYS]: keys } as Manifest['files']
  const log = {} as Manifest['log']
  let done = 0
  for (const part of parts) {
    let end = 0
    const onChunks = (chunks: Buffer[]) => {
      for (const chunk of chunks) end += chunkLength(chunk)
      bar.update(done + end)
    }
    const bytes = part === 'moments' ? await frames(part) : watched(await frames(part), onChunks)
    files[fileOf(part)] = await writeZipped(join(folder, fileOf(part)), bytes)
    if (part !== 'moments') log[part] = { start: 0, end }
    done += end
  }
  return { log, files }
}

async function* watched(
  frames: AsyncIterable<Uint8Array>,
  onPieces: (pieces: Buffer[]) => void,
): AsyncGenerator<Buffer> {
  for await (const pieces of unframed(frames)) {
    onPieces(pieces)
    yield framed(pieces)
  }
}

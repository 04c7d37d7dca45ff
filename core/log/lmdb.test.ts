import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { expect, onTestFinished, test } from 'vitest'
import { decodeChunk } from './chunk.js'
import { openLmdbLog } from './lmdb.js'
import type { LocalLog } from './log.js'

const entry = (id: string, value = '{}') => ({ app: 'shop', user: 'ann', id, received: 1, value })

function openTemp(): { log: LocalLog; path: string } {
  const path = mkdtempSync(join(tmpdir(), 'assay-lmdb-'))
  const log = openLmdbLog(path)
  onTestFinished(async () => {
    await log.close()
    rmSync(path, { recursive: true, force: true })
  })
  return { log, path }
}

async function allOf(chunks: AsyncIterable<Buffer[]>): Promise<Buffer[]> {
  const all: Buffer[] = []
  for await (const some of chunks) all.push(...some)
  return all
}

const idsIn = (chunks: Buffer[]) => chunks.flatMap((c) => decodeChunk(c, 0, 0, Infinity)).map((r) => r.id)

test('chunks give every record once and in order up to the end at the start, though more come meanwhile', async () => {
  const { log } = openTemp()
  const large = 'x'.repeat(200_000)
  for (let i = 0; i < 30; i++) await log.append('assay.events', [entry(`a${i}`, large), entry(`b${i}`, large)])
  const copied: string[] = []
  for await (const some of log.chunks('assay.events')) {
    copied.push(...idsIn(some))
    await log.append('assay.events', [entry('late')])
  }
  expect(copied).toEqual(Array.from({ length: 30 }, (_, i) => [`a${i}`, `b${i}`]).flat())
  expect(await allOf(log.chunks('assay.control'))).toEqual([])
})

test('a log that lacks a chunk is not copied', async () => {
  const { log, path } = openTemp()
  for (const id of ['a', 'b', 'c']) await log.append('assay.events', [entry(id)])
  const root = open({ path, encoding: 'binary', keyEncoding: 'ordered-binary', maxDbs: 8 })
  await root.openDB({ name: 'assay.events', encoding: 'binary' }).remove(1)
  await root.close()
  await expect(allOf(log.chunks('assay.events'))).rejects.toMatchObject({ code: 'log-incomplete' })
})

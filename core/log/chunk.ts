import type { Entry, LogRecord } from './log.js'

/**
 * A chunk is the records of one flush as one value: how many, and how long the text is; then for each record its app's
 * number, the length of its id, the length of its payload, and when it was received; then the text, which is the apps as
 * a line of JSON and all ids; then the payloads. So apps and ids are decoded once for all, and payloads not at all.
 */
const HEADER = 8
const PER_RECORD = 16

export function encodeChunk(entries: readonly Entry[]): Buffer {
  const apps = [...new Set(entries.map((e) => e.app))]
  const numbers = new Map(apps.map((app, i) => [app, i]))
  const text = `${JSON.stringify(apps)}\n${entries.map((e) => e.id).join('')}`
  const table = HEADER + entries.length * PER_RECORD
  // Three bytes a UTF-16 unit is UTF-8's worst case: cheaper to reserve than to measure each string first.
  const bound = table + 3 * entries.reduce((sum, e) => sum + e.value.length, text.length)
  const chunk = Buffer.allocUnsafe(bound)
  const textBytes = chunk.write(text, table)
  chunk.writeUInt32LE(entries.length, 0)
  chunk.writeUInt32LE(textBytes, 4)
  let row = HEADER
  let at = table + textBytes
  for (const { app, id, value, received } of entries) {
    const bytes = chunk.write(value, at)
    chunk.writeUInt16LE(numbers.get(app)!, row)
    chunk.writeUInt16LE(id.length, row + 2)
    chunk.writeUInt32LE(bytes, row + 4)
    chunk.writeDoubleLE(received, row + 8)
    row += PER_RECORD
    at += bytes
  }
  return chunk.subarray(0, at)
}

export function chunkLength(chunk: Buffer): number {
  return chunk.readUInt32LE(0)
}

/** Decodes at most `limit` records of a chunk whose first record has offset `first`, leaving out those before `from`. */
export function decodeChunk(chunk: Buffer, first: number, from: number, limit: number): LogRecord[] {
  const count = chunkLength(chunk)
  const table = HEADER + count * PER_RECORD
  let start = table + chunk.readUInt32LE(4)
  const text = chunk.toString('utf8', table, start)
  let idStart = text.indexOf('\n') + 1
  const apps: string[] = JSON.parse(text.slice(0, idStart))
  const records: LogRecord[] = []
  for (let i = 0; i < count && records.length < limit; i++) {
    const row = HEADER + i * PER_RECORD
    const idEnd = idStart + chunk.readUInt16LE(row + 2)
    const end = start + chunk.readUInt32LE(row + 4)
    if (first + i >= from) {
      records.push({
        offset: first + i,
        app: apps[chunk.readUInt16LE(row)]!,
        id: text.slice(idStart, idEnd),
        received: chunk.readDoubleLE(row + 8),
        bytes: chunk,
        start,
        end,
      })
    }
    idStart = idEnd
    start = end
  }
  return records
}

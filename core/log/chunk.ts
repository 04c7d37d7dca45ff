import type { Entry, LogRecord } from './log.js'

/**
 * A chunk is the records of one flush as one value: count, then per record the lengths of key, id and payload and the
 * time received, then the bytes in that order. One write for thousands of records, and payloads stay slices of it.
 */
const HEADER = 4
const PER_RECORD = 16

export function encodeChunk(entries: readonly Entry[]): Buffer {
  // Three bytes a UTF-16 unit is UTF-8's worst case: cheaper to reserve than to measure each string first.
  let bound = HEADER + entries.length * PER_RECORD
  for (const e of entries) bound += 3 * (e.key.length + e.id.length + e.value.length)
  const chunk = Buffer.allocUnsafe(bound)
  chunk.writeUInt32LE(entries.length, 0)
  let table = HEADER
  let at = HEADER + entries.length * PER_RECORD
  for (const e of entries) {
    const key = chunk.write(e.key, at)
    const id = chunk.write(e.id, at + key)
    const value = chunk.write(e.value, at + key + id)
    chunk.writeUInt16LE(key, table)
    chunk.writeUInt16LE(id, table + 2)
    chunk.writeUInt32LE(value, table + 4)
    chunk.writeDoubleLE(e.received, table + 8)
    table += PER_RECORD
    at += key + id + value
  }
  return chunk.subarray(0, at)
}

export function chunkLength(chunk: Buffer): number {
  return chunk.readUInt32LE(0)
}

/** Decodes at most `limit` records of a chunk whose first record has offset `first`, leaving out those before `from`. */
export function decodeChunk(chunk: Buffer, first: number, from: number, limit: number): LogRecord[] {
  const count = chunkLength(chunk)
  const records: LogRecord[] = []
  let table = HEADER
  let at = HEADER + count * PER_RECORD
  for (let offset = first; offset < first + count && records.length < limit; offset++) {
    const key = chunk.readUInt16LE(table)
    const id = chunk.readUInt16LE(table + 2)
    const value = chunk.readUInt32LE(table + 4)
    if (offset >= from) {
      records.push({
        offset,
        key: chunk.toString('utf8', at, at + key),
        id: chunk.toString('utf8', at + key, at + key + id),
        received: chunk.readDoubleLE(table + 8),
        value: chunk.subarray(at + key + id, at + key + id + value),
      })
    }
    table += PER_RECORD
    at += key + id + value
  }
  return records
}

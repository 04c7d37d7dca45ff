import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { LogRecord } from '../log.js'
import { CHECKED_FROM, GZIP, HEADER, LENGTH_FROM } from './record-batch.js'

/**
 * Reads what a broker answers to a fetch: record batches of format 2 (Kafka 0.11 and later, KIP-98). kafkajs makes five
 * objects of each record, 7 µs; here records stay places in the bytes that came, and are read as they are asked for.
 */
interface RecordBatch {
  /** Offset and time of the batch, to which each record's are relative. */
  first: number
  time: number
  /** Whether `time` is the broker's, and all records have it. */
  stamped: boolean
  records: number
  bytes: Buffer
  at: number
}

/** Bits of a batch's attributes, the first of what the checksum covers. */
const CODEC = 0x07
const STAMPED = 0x08
const CONTROL = 0x20

const decompress = promisify(gunzip)

/** The batches of a record set, decompressed; a last one that was cut off is left for the next fetch. */
async function* batches(set: Buffer): AsyncGenerator<RecordBatch> {
  for (let start = 0; start + HEADER <= set.length; ) {
    const end = start + LENGTH_FROM + set.readInt32BE(start + 8)
    if (end > set.length) return
    const attributes = set.readInt16BE(start + CHECKED_FROM)
    if ((attributes & CONTROL) === 0) yield await openBatch(set.subarray(start, end), attributes)
    start = end
  }
}

async function openBatch(batch: Buffer, attributes: number): Promise<RecordBatch> {
  const codec = attributes & CODEC
  if (codec > GZIP) throw new Error(`Expected records that are plain or gzip; codec ${codec} came.`)
  const stamped = (attributes & STAMPED) !== 0
  return {
    first: Number(batch.readBigInt64BE(0)),
    time: Number(batch.readBigInt64BE(stamped ? 35 : 27)),
    stamped,
    records: batch.readInt32BE(57),
    bytes: codec === GZIP ? await decompress(batch.subarray(HEADER)) : batch,
    at: codec === GZIP ? 0 : HEADER,
  }
}

/** A fetched set, read from front to back. */
export class RecordSet {
  /** The offset of the next record, or after all of them. */
  next: number
  readonly #batches: RecordBatch[]

  private constructor(from: number, opened: RecordBatch[]) {
    this.next = from
    this.#batches = opened
  }

  /** `from` is the offset fetched at: a batch that holds it comes whole. */
  static async open(set: Buffer, from: number): Promise<RecordSet> {
    const opened: RecordBatch[] = []
    for await (const batch of batches(set)) opened.push(batch)
    const records = new RecordSet(from, opened)
    records.#skip()
    return records
  }

  get empty(): boolean {
    return this.#batches.length === 0
  }

  /** The next records, at most `limit.records` and about `limit.bytes`. */
  take(limit: { records: number; bytes: number }): LogRecord[] {
    const taken: LogRecord[] = []
    let bytes = 0
    while (!this.empty && taken.length < limit.records && bytes < limit.bytes) {
      const record = this.#read(this.#batches[0]!)
      taken.push(record)
      bytes += record.end - record.start
    }
    return taken
  }

  /** Past the records before the offset asked for. */
  #skip(): void {
    const from = this.next
    while (!this.empty) {
      const batch = this.#batches[0]!
      const { at, records } = batch
      const record = this.#read(batch)
      if (record.offset < from) continue
      if (this.#batches[0] !== batch) this.#batches.unshift(batch)
      Object.assign(batch, { at, records })
      break
    }
    this.next = from
  }

  #read(batch: RecordBatch): LogRecord {
    const reader = new Reader(batch.bytes, batch.at)
    const record = readRecord(reader, batch)
    batch.at = reader.at
    batch.records--
    if (batch.records === 0) this.#batches.shift()
    this.next = record.offset + 1
    return record
  }
}

const NEWLINE = 0x0a

/** The key is the app and the user, a line each; the header `id` is the event's. */
function readRecord(reader: Reader, { bytes, first, time, stamped }: RecordBatch): LogRecord {
  const length = reader.varint()
  const end = reader.at + length
  reader.at++
  const delta = reader.varint()
  const offset = first + reader.varint()
  const key = reader.slice()
  const value = reader.slice()
  const line = bytes.indexOf(NEWLINE, key.start)
  const app = bytes.toString('utf8', key.start, line === -1 || line > key.end ? key.end : line)
  const id = readId(reader) ?? `offset:${offset}`
  reader.at = end
  return { offset, app: unescapeLine(app), id, received: stamped ? time : time + delta, bytes, ...value }
}

function readId(reader: Reader): string | null {
  for (let headers = reader.varint(); headers > 0; headers--) {
    const name = reader.slice()
    const value = reader.slice()
    if (reader.text(name) === 'id') return reader.text(value)
  }
  return null
}

interface Slice {
  start: number
  end: number
}

class Reader {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** A zigzag varint; exact to 2^53. */
  varint(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.#bytes[this.at++]!
      value += (byte & 0x7f) * unit
      if (byte < 0x80) break
      unit *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Bytes with their length before them; null counts as none. */
  slice(): Slice {
    const length = Math.max(0, this.varint())
    const start = this.at
    this.at += length
    return { start, end: this.at }
  }

  text({ start, end }: Slice): string {
    return this.#bytes.toString('utf8', start, end)
  }
}

/** Newlines of an app's name, so that the key has two lines. */
export const escapeLine = (text: string): string => text.replaceAll(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))
const unescapeLine = (text: string): string =>
  text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c)) : text

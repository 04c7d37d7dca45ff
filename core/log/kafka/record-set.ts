import { gunzipSync } from 'node:zlib'
import type { LogRecord } from '../log.js'
import { CHECKED_FROM, GZIP, HEADER, LENGTH_FROM } from './record-batch.js'

/** A fetched set of records, read from front to back. */
export class RecordSet {
  /** The offset of the next record, or after all of them. */
  next: number
  /** The offset after the last batch. */
  readonly end: number
  /** Whether the log went on after them when they were fetched. */
  readonly more: boolean
  readonly #batches: RecordBatch[]

  /** `from` is the offset fetched at: a batch that holds it comes whole. `logEnd` is the offset after all of the log's. */
  constructor(set: Buffer, from: number, logEnd: number) {
    const all = batchesOf(set)
    this.next = from
    this.end = all.at(-1)?.end ?? from
    this.more = this.end < logEnd
    this.#batches = all.filter((batch) => batch.end > from && batch.left > 0)
  }

  get empty(): boolean {
    return this.#batches.length === 0
  }

  /** The next records, at most `limit.records` and about `limit.bytes`. */
  take(limit: { records: number; bytes: number }): LogRecord[] {
    const taken: LogRecord[] = []
    for (let { bytes } = limit; !this.empty && taken.length < limit.records && bytes > 0; ) {
      const batch = this.#batches[0]!
      const record = batch.read()
      if (batch.left === 0) this.#batches.shift()
      if (record.offset < this.next) continue
      this.next = record.offset + 1
      taken.push(record)
      bytes -= record.end - record.start
    }
    return taken
  }
}

/** Bits of a batch's attributes, the first of what the checksum covers. */
const CODEC = 0x07
const STAMPED = 0x08
const CONTROL = 0x20

/** The batches of a set; a last one that was cut off is left for the next fetch. */
function batchesOf(set: Buffer): RecordBatch[] {
  const found: RecordBatch[] = []
  for (let start = 0; start + HEADER <= set.length; ) {
    const end = start + LENGTH_FROM + set.readInt32BE(start + 8)
    if (end > set.length) break
    found.push(new RecordBatch(set.subarray(start, end)))
    start = end
  }
  return found
}

/** Bytes of a batch decompressed, by default and at most, in one piece. */
const [PIECE, LARGE] = [16 * 1024, 64 * 1024 * 1024]

/**
 * In one piece, of the size that gzip gives at its end: many, put together, take four times as long. And at once: it takes
 * a third of a millisecond for a thousand events, and twice that by way of another thread.
 */
function decompress(packed: Buffer): Buffer {
  const size = packed.readUInt32LE(packed.length - 4)
  return gunzipSync(packed, { chunkSize: Math.min(Math.max(PIECE, size + 1), LARGE) })
}

/**
 * A record batch of format 2 (Kafka 0.11 and later, KIP-98). kafkajs makes five objects of each record, 7 µs; here records
 * stay places in the bytes that came, and are read as they are asked for.
 */
class RecordBatch {
  /** The offset after its last record. */
  readonly end: number
  /** Records not read yet. */
  left: number
  /** Offset and time to which each record's are relative. */
  readonly #first: number
  readonly #time: number
  /** Whether that time is the broker's, and all records have it. */
  readonly #stamped: boolean
  readonly #packed: Buffer
  readonly #codec: number
  #opened: Reader | null = null

  constructor(bytes: Buffer) {
    const attributes = bytes.readInt16BE(CHECKED_FROM)
    this.#codec = attributes & CODEC
    if (this.#codec > GZIP) throw new Error(`Expected records that are plain or gzip; codec ${this.#codec} came.`)
    this.#first = Number(bytes.readBigInt64BE(0))
    this.#stamped = (attributes & STAMPED) !== 0
    this.#time = Number(bytes.readBigInt64BE(this.#stamped ? 35 : 27))
    this.#packed = bytes.subarray(HEADER)
    this.end = this.#first + bytes.readInt32BE(23) + 1
    this.left = attributes & CONTROL ? 0 : bytes.readInt32BE(57)
  }

  /** The next record: its key is the app and the user, a line each; its header `id` is the event's. */
  read(): LogRecord {
    this.left--
    const reader = this.#reader
    const end = reader.varint() + reader.at
    reader.at++
    const delta = reader.varint()
    const offset = this.#first + reader.varint()
    const key = reader.slice()
    const { start, end: valueEnd } = reader.slice()
    const app = reader.firstLine(key)
    const id = readId(reader) ?? `offset:${offset}`
    reader.at = end
    const received = this.#stamped ? this.#time : this.#time + delta
    return { offset, app, id, received, bytes: reader.bytes, start, end: valueEnd }
  }

  get #reader(): Reader {
    this.#opened ??= new Reader(this.#codec === GZIP ? decompress(this.#packed) : this.#packed)
    return this.#opened
  }
}

function readId(reader: Reader): string | null {
  for (let headers = reader.varint(); headers > 0; headers--) {
    const name = reader.slice()
    const value = reader.slice()
    if (reader.isId(name)) return reader.text(value)
  }
  return null
}

interface Slice {
  start: number
  end: number
}

/** The header's name. */
const ID = Buffer.from('id')
const NEWLINE = 0x0a
/** From here on a byte is not a character of its own. */
const BEYOND_ASCII = 0x80

class Reader {
  at = 0
  readonly bytes: Buffer
  /** The first line read last, which is most often the next one's too. */
  #line: Slice & { text: string } = { start: 0, end: 0, text: '' }

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** A zigzag varint; exact to 2^53. */
  varint(): number {
    const first = this.bytes[this.at++]!
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    for (let unit = 0x80; ; unit *= 0x80) {
      const byte = this.bytes[this.at++]!
      value += (byte & 0x7f) * unit
      if (byte < 0x80) break
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

  isId({ start, end }: Slice): boolean {
    return end - start === ID.length && this.bytes[start] === ID[0] && this.bytes[start + 1] === ID[1]
  }

  text({ start, end }: Slice): string {
    for (let i = start; i < end; i++) {
      if (this.bytes[i]! >= BEYOND_ASCII) return this.bytes.toString('utf8', start, end)
    }
    // A third of the time of UTF-8's.
    return this.bytes.toString('latin1', start, end)
  }

  /** What `escapeLine` made the first line of a text of. */
  firstLine({ start, end }: Slice): string {
    let to = start
    while (to < end && this.bytes[to] !== NEWLINE) to++
    if (!this.#isLine(start, to)) {
      this.#line = { start, end: to, text: unescapeLine(this.bytes.toString('utf8', start, to)) }
    }
    return this.#line.text
  }

  #isLine(start: number, end: number): boolean {
    const before = this.#line
    if (before.end - before.start !== end - start) return false
    for (let i = start, j = before.start; i < end; i++, j++) if (this.bytes[i] !== this.bytes[j]) return false
    return true
  }
}

/** Newlines of an app's name, so that the key has two lines. */
export const escapeLine = (text: string): string => text.replaceAll(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))
const unescapeLine = (text: string): string =>
  text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c)) : text

import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { crc32C } from './cluster.js'

/**
 * Writes what a broker stores: a record batch of format 2 (KIP-98). kafkajs makes a buffer of each field, 30 µs a record;
 * here each record is written once, into one buffer.
 */
export interface Message {
  key: string
  id: string
  value: string
  /** Unix milliseconds. */
  time: number
}

/** By which a broker knows a batch again that was sent twice. */
export interface Sequence {
  producer: bigint
  epoch: number
  /** Records of this producer in the partition so far. */
  first: number
}

/** Bytes before the records, and of them those before what the length and the checksum count. */
export const HEADER = 61
export const LENGTH_FROM = 12
export const CHECKED_FROM = 21
/** Kafka's number of the codec. */
export const GZIP = 1
/** Below this a header of gzip costs more than it saves. */
const SMALL = 1024
/** Of a record's numbers, at most. */
const OVERHEAD = 40

const compress = promisify(gzip)

export async function encodeBatch(messages: readonly Message[], sequence: Sequence): Promise<Buffer> {
  const time = messages[0]!.time
  const plain = encodeRecords(messages, time)
  const packed = plain.length < SMALL ? plain : await compress(plain, { level: constants.Z_BEST_SPEED })
  const batch = Buffer.allocUnsafe(HEADER + packed.length)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - LENGTH_FROM, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(packed === plain ? 0 : GZIP, CHECKED_FROM)
  batch.writeInt32BE(messages.length - 1, 23)
  batch.writeBigInt64BE(BigInt(time), 27)
  batch.writeBigInt64BE(BigInt(messages.reduce((latest, m) => Math.max(latest, m.time), time)), 35)
  batch.writeBigInt64BE(sequence.producer, 43)
  batch.writeInt16BE(sequence.epoch, 51)
  batch.writeInt32BE(sequence.first, 53)
  batch.writeInt32BE(messages.length, 57)
  packed.copy(batch, HEADER)
  batch.writeUInt32BE(crc32C(batch.subarray(CHECKED_FROM)), 17)
  return batch
}

function encodeRecords(messages: readonly Message[], time: number): Buffer {
  // Three bytes a UTF-16 unit is UTF-8's worst case.
  const bound = messages.reduce((sum, { key, id, value }) => {
    return sum + OVERHEAD + 3 * (key.length + id.length + value.length)
  }, 0)
  const out = new Out(Buffer.allocUnsafe(bound))
  messages.forEach((message, i) => {
    writeRecord(out, message, message.time - time, i)
  })
  return out.bytes.subarray(0, out.at)
}

const ID = 'id'

/** Length, attributes, time and offset after the batch's, key, value, and one header: the event's id. */
function writeRecord(out: Out, { key, id, value }: Message, time: number, offset: number): void {
  const [keyBytes, idBytes, valueBytes] = [Buffer.byteLength(key), Buffer.byteLength(id), Buffer.byteLength(value)]
  const sizes = sized(keyBytes) + sized(valueBytes) + sized(ID.length) + sized(idBytes)
  out.varint(1 + bytesOf(time) + bytesOf(offset) + bytesOf(1) + sizes)
  out.bytes[out.at++] = 0
  out.varint(time)
  out.varint(offset)
  out.text(key, keyBytes)
  out.text(value, valueBytes)
  out.varint(1)
  out.text(ID, ID.length)
  out.text(id, idBytes)
}

/** Bytes of a text with its length before it. */
const sized = (bytes: number) => bytesOf(bytes) + bytes

/** Zigzag: the sign goes into the lowest bit. */
const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)

function bytesOf(value: number): number {
  let bytes = 1
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

class Out {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  varint(value: number): void {
    let rest = zigzag(value)
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.at++] = (rest % 0x80) + 0x80
    this.bytes[this.at++] = rest
  }

  text(text: string, bytes: number): void {
    this.varint(bytes)
    this.at += this.bytes.write(text, this.at)
  }
}

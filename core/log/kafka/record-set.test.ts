import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { payload } from '../log.js'
import { escapeLine, RecordSet } from './record-set.js'

const inside = createRequire(import.meta.url)
const { RecordBatch } = inside('kafkajs/src/protocol/recordBatch/v0')
const Record = inside('kafkajs/src/protocol/recordBatch/record/v0')

interface Sent {
  key: string | null
  value: string | null
  headers?: Record<string, string>
  time?: number
}

const NOON = 1_700_000_000_000

/** A batch as kafkajs writes it; the broker would set its first offset. */
async function batch(first: number, sent: Sent[], compression = 0): Promise<Buffer> {
  const records = sent.map(({ key, value, headers = {}, time = NOON }, offsetDelta) =>
    Record({ offsetDelta, timestampDelta: time - NOON, key, value, headers }),
  )
  const options = { compression, firstTimestamp: NOON, maxTimestamp: NOON, lastOffsetDelta: sent.length - 1, records }
  const bytes: Buffer = (await RecordBatch({ firstOffset: 0, ...options })).buffer
  bytes.writeBigInt64BE(BigInt(first), 0)
  return Buffer.from(bytes)
}

const event = (n: number): Sent => ({
  key: `shop\nu${n}`,
  value: `{"n":${n}}`,
  headers: { id: `e${n}` },
  time: NOON + n,
})
const events = (from: number, count: number) => Array.from({ length: count }, (_, i) => event(from + i))
const all = { records: 1e6, bytes: 1e9 }

test.each([
  ['plain', 0],
  ['gzip', 1],
])('%s records come back with offset, app, id, time and bytes', async (_, compression) => {
  const set = new RecordSet(await batch(2 ** 40, events(0, 300), compression), 2 ** 40, 2 ** 41)
  const found = set.take(all).map((r) => ({ ...r, bytes: payload(r).toString(), start: 0, end: 0 }))
  expect(found).toHaveLength(300)
  expect(found[299]).toEqual({
    offset: 2 ** 40 + 299,
    app: 'shop',
    id: 'e299',
    received: NOON + 299,
    bytes: '{"n":299}',
    start: 0,
    end: 0,
  })
  expect([set.empty, set.next]).toEqual([true, 2 ** 40 + 300])
})

test('reading starts inside a batch, goes over batches, stops at the limit and goes on', async () => {
  const bytes = Buffer.concat([await batch(0, events(0, 10)), await batch(15, events(15, 5), 1)])
  const set = new RecordSet(bytes, 7, 20)
  expect(set.take({ records: 2, bytes: 1e9 }).map((r) => r.offset)).toEqual([7, 8])
  expect(set.take({ records: 3, bytes: 1e9 }).map((r) => r.offset)).toEqual([9, 15, 16])
  expect(set.take({ records: 100, bytes: 1 }).map((r) => r.offset)).toEqual([17])
  expect(set.take(all).map((r) => r.offset)).toEqual([18, 19])
})

test('a batch cut off at the end is left out, at whatever byte', async () => {
  const [first, second] = [await batch(0, events(0, 3)), await batch(3, events(3, 3))]
  for (let length = first.length; length < first.length + second.length; length++) {
    const set = new RecordSet(Buffer.concat([first, second]).subarray(0, length), 0, 6)
    expect(set.take(all).map((r) => r.offset)).toEqual([0, 1, 2])
  }
})

test('an offset past the batch, and a batch of control records, give nothing', async () => {
  const control = await batch(0, events(0, 3))
  control.writeInt16BE(0x20, 21)
  expect(new RecordSet(control, 0, 3).empty).toBe(true)
  expect(new RecordSet(await batch(0, events(0, 3)), 3, 3).empty).toBe(true)
})

test('a broker’s own time is every record’s', async () => {
  const stamped = await batch(0, events(0, 3))
  stamped.writeInt16BE(0x08, 21)
  stamped.writeBigInt64BE(BigInt(NOON + 5000), 35)
  expect(new RecordSet(stamped, 0, 3).take(all).map((r) => r.received)).toEqual(Array(3).fill(NOON + 5000))
})

test.each([
  ['app "0"\nx', 'é1'],
  ['a\\nb', '🦊'],
  ['\\', '\\n'],
])('names of any characters: app %j, id %j', async (app, id) => {
  const sent = { key: `${escapeLine(app)}\nzoë\n🦊`, value: '{}', headers: { other: 'x', id } }
  const [record] = new RecordSet(await batch(0, [sent]), 0, 1).take(all)
  expect([record!.app, record!.id]).toEqual([app, id])
})

test('what others wrote without key, id or value is read, with an id of its own', async () => {
  const found = new RecordSet(
    await batch(4, [
      { key: null, value: null },
      { key: 'k', value: 'v' },
    ]),
    4,
    6,
  ).take(all)
  expect(found.map((r) => [r.offset, r.app, r.id, payload(r).toString()])).toEqual([
    [4, '', 'offset:4', ''],
    [5, 'k', 'offset:5', 'v'],
  ])
})

test('a codec nobody installed is named', async () => {
  const bytes = await batch(0, events(0, 3))
  bytes.writeInt16BE(4, 21)
  expect(() => new RecordSet(bytes, 0, 3)).toThrow('codec 4')
})

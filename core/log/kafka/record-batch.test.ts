import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { payload } from '../log.js'
import { encodeBatch, type Message } from './record-batch.js'
import { RecordSet } from './record-set.js'

const inside = createRequire(import.meta.url)
const Decoder = inside('kafkajs/src/protocol/decoder')
const decodeByKafkajs = inside('kafkajs/src/protocol/recordBatch/v0/decoder')

const text = fc.string({ unit: 'binary', maxLength: 300 })
const message: fc.Arbitrary<Message> = fc.record({
  key: text.map((user) => `app\n${user}`),
  id: text,
  value: text,
  time: fc.integer({ min: 0, max: 4e12 }),
})
const sequence = { producer: 2n ** 40n, epoch: 3, first: 2 ** 31 - 2 }

test('kafkajs reads back what was written, and so do we, whatever the text and times', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 40 }), async (messages) => {
      const bytes = await encodeBatch(messages, sequence)
      const theirs = await decodeByKafkajs(new Decoder(bytes))
      expect(theirs).toMatchObject({
        producerId: String(sequence.producer),
        producerEpoch: 3,
        firstSequence: sequence.first,
        lastOffsetDelta: messages.length - 1,
      })
      const utf8 = (value: string) => Buffer.from(value).toString()
      const sent = messages.map(({ id, value, time }) => ({ id: utf8(id), value: utf8(value), time }))
      expect(
        theirs.records.map((r: { headers: { id: Buffer }; value: Buffer; timestamp: string }) => ({
          id: r.headers.id.toString(),
          value: r.value.toString(),
          time: Number(r.timestamp),
        })),
      ).toEqual(sent)
      const ours = new RecordSet(bytes, 0, sent.length).take({ records: 1e6, bytes: 1e9 })
      expect(ours.map((r) => ({ id: r.id, value: payload(r).toString(), time: r.received }))).toEqual(sent)
    }),
    { numRuns: 200 },
  )
})

test('a large batch is compressed, a small one not', async () => {
  const one = { key: 'shop\nann', id: 'e1', value: '{"event":"purchase"}', time: 1 }
  const many = Array.from({ length: 1000 }, () => one)
  expect((await encodeBatch(many, sequence)).length).toBeLessThan(1000 * one.value.length)
  expect((await encodeBatch([one], sequence)).readInt16BE(21)).toBe(0)
})

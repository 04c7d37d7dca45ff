import type { LogRecord } from '@assay/core/log/log'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBuffer } from './lines.js'

function record(offset: number, value: string): LogRecord {
  const bytes = Buffer.from(`before${value}after`)
  return { offset, app: 'shop', id: 'x', received: 0, bytes, start: 6, end: bytes.length - 5 }
}

const text = (buffer: LineBuffer) => Buffer.concat(buffer.lines).toString()

test('each record becomes one line with partition and offset in front, used again or not', () => {
  const records = fc.array(fc.record({ offset: fc.maxSafeNat(), pad: fc.nat({ max: 700_000 }) }), { maxLength: 8 })
  const buffer = new LineBuffer()
  fc.assert(
    fc.property(records, (batch) => {
      buffer.start(3)
      for (const { offset, pad } of batch) buffer.add(record(offset, JSON.stringify({ pad: 'é'.repeat(pad) })))
      const wanted = batch.map(
        ({ offset, pad }) => `${JSON.stringify({ partition: 3, offset, pad: 'é'.repeat(pad) })}\n`,
      )
      expect(text(buffer) === wanted.join('')).toBe(true)
      expect([buffer.framed, buffer.size]).toEqual([true, Buffer.concat(buffer.lines).length])
    }),
    { numRuns: 40 },
  )
})

test.each(['', '{}', '[1]', 'null', '{"a":1}\n{"b":2}', '{"a":\n1}', '{"a":1', '"a"}'])('%j is no line', (value) => {
  const buffer = new LineBuffer()
  buffer.start(0)
  buffer.add(record(0, '{"a":1}'))
  expect(buffer.framed).toBe(true)
  buffer.add(record(1, value))
  expect(buffer.framed).toBe(false)
  buffer.start(0)
  expect([buffer.framed, buffer.size, text(buffer)]).toEqual([true, 0, ''])
})

import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import { partitionOf } from './partition-of.js'

test('a key has the partition that kafkajs gives it, whatever its text and length', () => {
  const theirs = Partitioners.DefaultPartitioner()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
        ...{ partitionId, leader: 1, partitionErrorCode: 0, replicas: [1], isr: [1] },
      }))
      const expected = theirs({ topic: 't', partitionMetadata, message: { key, value: null } })
      expect(partitionOf(key, partitions)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

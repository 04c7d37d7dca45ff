import { expect, it } from 'vitest'
import { TokenBucket } from './rate-limit.js'

it('lends a batch, then waits the debt off', () => {
  const bucket = new TokenBucket(10, 20)
  expect(bucket.wait(0)).toBe(0)
  bucket.take(50)
  expect(bucket.wait(0)).toBe(3)
  expect(bucket.wait(2_900)).toBe(1)
  expect(bucket.wait(3_100)).toBe(0)
})

it('saves up no more than the burst', () => {
  const bucket = new TokenBucket(10, 20)
  bucket.wait(0)
  bucket.wait(1_000_000)
  bucket.take(20)
  expect(bucket.wait(1_000_000)).toBe(1)
})

it('a clock set back gives nothing, and nothing is lost', () => {
  const bucket = new TokenBucket(10, 10)
  bucket.wait(10_000)
  bucket.take(10)
  expect(bucket.wait(0)).toBe(1)
  expect(bucket.wait(500)).toBe(0)
})

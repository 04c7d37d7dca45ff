import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assign, type Branch, branchAt, bucket, murmur3 } from './assign.js'
import { matches } from './condition.js'
import { decide } from './decide.js'

const USERS = 1_000_000
const branches = (...weights: number[]): Branch[] => weights.map((weight, i) => ({ name: `b${i}`, weight }))

/** Pearson's chi-square of counts against equal shares. */
function chiSquare(counts: number[]): number {
  const expected = counts.reduce((a, b) => a + b) / counts.length
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
}
/** A chi-square variate of k degrees passes this about once in a million (Wilson and Hilferty 1931). */
const limit = (k: number) => k * (1 - 2 / (9 * k) + 4.75 * Math.sqrt(2 / (9 * k))) ** 3

test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['test', 0, 0xba6bd213],
  ['hello', 0, 0x248bfa47],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
])('murmur3 of %j with seed %i is the published value', (text, seed, hash) => {
  expect(murmur3(text, seed)).toBe(hash)
})

test.each([
  ['an opening half alone', '\ud800', '\ufffd'],
  ['a closing half inside', 'a\udc00b', 'a\ufffdb'],
  ['a half before a whole pair', '\ud83d🦊', '\ufffd🦊'],
])('a surrogate without its other half counts as U+FFFD: %s', (_, text, replaced) => {
  expect(murmur3(text, 0)).toBe(murmur3(replaced, 0))
})

// Far more than there may be arguments of a call.
test.each([
  ['a', 10_000_000],
  ['ä', 1_000_000],
  ['漢', 1_000_000],
  ['🦊', 1_000_000],
  ['\ud800', 1_000_000],
])('an id of %j, %i times, has a place', (letter, times) => {
  expect(bucket(letter.repeat(times), 'checkout')).toBeLessThan(1)
})

test('a million users spread evenly over a hundred cells', () => {
  const cells = new Array<number>(100).fill(0)
  for (let u = 0; u < USERS; u++) cells[Math.floor(bucket(`user-${u}`, 'checkout') * 100)]!++
  expect(chiSquare(cells)).toBeLessThan(limit(99))
})

test.each([
  ['checkout', 'checkout2'],
  ['a', 'b'],
  ['test-1', 'test-2'],
])('places in %s and %s are independent', (one, other) => {
  const cells = new Array<number>(100).fill(0)
  for (let u = 0; u < USERS; u++) {
    const row = Math.floor(bucket(`user-${u}`, one) * 10)
    cells[row * 10 + Math.floor(bucket(`user-${u}`, other) * 10)]!++
  }
  expect(chiSquare(cells)).toBeLessThan(limit(99))
})

test('changing one character of a user flips each bit of the hash about half the time', () => {
  const flips = new Array<number>(32).fill(0)
  const pairs = 20_000
  for (let u = 0; u < pairs; u++) {
    const changed = murmur3(`user-${u}a`, 7) ^ murmur3(`user-${u}b`, 7)
    for (let bit = 0; bit < 32; bit++) flips[bit]! += (changed >>> bit) & 1
  }
  for (const n of flips) expect(Math.abs(n / pairs - 0.5)).toBeLessThan(0.02)
})

describe('weights', () => {
  test.each([
    ['two', branches(99, 1)],
    ['three', branches(50, 30, 20)],
    ['five, one of them closed', branches(1, 1, 0, 2, 1)],
  ])('%s branches get their shares', (_, split) => {
    const counts = new Map<string, number>()
    const users = 400_000
    for (let u = 0; u < users; u++) {
      const name = assign(`user-${u}`, 'shares', split)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const total = split.reduce((sum, b) => sum + b.weight, 0)
    for (const { name, weight } of split) {
      const share = weight / total
      const off = (counts.get(name) ?? 0) - users * share
      expect(Math.abs(off)).toBeLessThanOrEqual(5 * Math.sqrt(users * share * (1 - share)))
    }
  })

  test('two branches are split at one threshold', () => {
    expect([0, 0.2499999, 0.25, 0.9].map((place) => branchAt(place, branches(3, 1)))).toEqual(['b1', 'b1', 'b0', 'b0'])
  })

  test('raising one weight moves users into that branch and nowhere else', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(
        weights,
        fc.nat(5),
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (w, which, by, place) => {
          fc.pre(w.some((x) => x > 0))
          const grown = which % w.length
          const before = branchAt(place, branches(...w))
          const after = branchAt(place, branches(...w.map((x, i) => (i === grown ? x + by : x))))
          expect([before, `b${grown}`]).toContain(after)
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('with no weight at all everyone is in the first branch', () => {
    expect(assign('ann', 'closed', branches(0, 0, 0))).toBe('b0')
  })
})

describe('the vectors other languages are held to', () => {
  const vectors = JSON.parse(readFileSync(new URL('../test/golden/assignment.json', import.meta.url), 'utf8'))
  test('hashes', () => {
    for (const v of vectors.hash) expect(murmur3(v.input, v.seed)).toBe(v.hash)
  })
  test('buckets', () => {
    for (const v of vectors.bucket) expect(bucket(v.user, v.testId)).toBe(v.bucket)
  })
  test('branches', () => {
    for (const v of vectors.assign) expect(assign(v.user, v.testId, v.branches)).toBe(v.branch)
  })
  test('decisions', () => {
    for (const v of vectors.decide) expect(decide(v.testId, v.test, v.subject, matches)).toEqual(v.decision)
  })
  test('conditions', () => {
    for (const v of vectors.matches) expect(matches(v.condition, v.attributes)).toBe(v.holds)
  })
})

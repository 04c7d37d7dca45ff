import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absolute, relative, reversed } from './stratum.js'

const limits = { margin: 0.5, floor: 0.001 }
const counts = (total: number, bad: number) => ({ total, bad })

test.each([
  ['both branches', counts(250, 7), counts(4750, 50), { hits: 7, trials: 57, share: 375 / 5125 }],
  ['nothing bad', counts(250, 0), counts(4750, 0), null],
  ['an empty canary', counts(0, 0), counts(4750, 50), null],
  ['an empty control', counts(250, 7), counts(0, 0), null],
  ['nothing at all', counts(0, 0), counts(0, 0), null],
  ['more bad than there were', counts(250, 251), counts(4750, 50), null],
  ['less than nothing', counts(250, -1), counts(4750, 50), null],
  ['no number', counts(Number.NaN, 1), counts(4750, 50), null],
  ['endless', counts(250, 1), counts(Infinity, 50), null],
  ['a branch beyond the digits of the other', counts(1e20, 1), counts(1, 1), null],
])('%s: the canary’s share of what was bad', (_, canary, control, expected) => {
  expect(relative({ canary, control }, limits)).toEqual(expected)
})

test.each([
  ['some bad', counts(250, 7), { hits: 7, trials: 250, share: 0.001 }],
  ['nothing bad, which says something too', counts(250, 0), { hits: 0, trials: 250, share: 0.001 }],
  ['an empty canary', counts(0, 0), null],
  ['more bad than there were', counts(5, 6), null],
])('%s: against the floor, whatever the control', (_, canary, expected) => {
  expect(absolute(canary, limits)).toEqual(expected)
})

test('what has not closed, and limits that cannot be, bet nothing', () => {
  const stratum = { canary: counts(250, 7), control: counts(4750, 50) }
  for (const trial of [
    relative(undefined, limits),
    absolute(undefined, limits),
    reversed(relative(undefined, limits)),
    relative(stratum, { ...limits, margin: Number.NaN }),
    relative(stratum, { ...limits, margin: -1 }),
    absolute(stratum.canary, { ...limits, floor: 0 }),
    absolute(stratum.canary, { ...limits, floor: 1 }),
  ])
    expect(trial).toBeNull()
})

test('the other side, with the branches and the margin turned round, is the same question', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (n, m) => {
      const [canary, control] = [counts(n, 1), counts(m, 1)]
      const one = reversed(relative({ canary, control }, limits))!
      const other = relative({ canary: control, control: canary }, { ...limits, margin: 1 / 1.5 - 1 })!
      expect(one.hits).toBe(other.hits)
      expect(Math.abs(one.share - other.share)).toBeLessThan(1e-12)
    }),
  )
})

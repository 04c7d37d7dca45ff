import { beforeAll, describe, expect, test } from 'vitest'
import { binomialBound } from './interval.js'
import { delays, type Event, errorsOf, type Name, runs, scenarios, TWO_HOURS } from './rollout.js'
import { mannWhitneyZ, shiftBetween } from './rollout-peers.js'
import { at, delayTable, wrong } from './rollout-report.js'
import { harmed } from './rollout-requests.js'

// Small numbers of runs, rollout.soak.test.ts has many.
const median = (sorted: readonly number[]) => at(sorted, 0.5)

describe('a canary at 3 % errors beside 1 %', () => {
  let fifty: Record<Name, Event[]>[]
  beforeAll(() => {
    const peers = ['under 99 %, five minutes', 'twice the control, a minute', 'Mann–Whitney, each minute'] as const
    fifty = runs(() => errorsOf(3), ['suspending', 'errors alone', 'never suspended', ...peers], { until: 1500 }, 50)
    console.log(delayTable('50 runs, seconds', fifty))
  })

  test('is suspended within 30 s at the median of 400 runs, as one guardrail of three and as the only one', () => {
    const found = runs(() => errorsOf(3), ['suspending', 'errors alone'], { until: 90 }, 400)
    for (const name of ['suspending', 'errors alone'] as const) {
      const seconds = median(delays(found, name, 'suspend'))
      console.log(`${name}: ${seconds} s`)
      expect(seconds, name).toBeLessThanOrEqual(30)
    }
  })

  test('is left to somebody after minutes; the verdict would take some more', () => {
    expect(median(delays(fifty, 'suspending', 'pause'))).toBeLessThanOrEqual(450)
    expect(median(delays(fifty, 'never suspended', 'rollback at 0.001'))).toBeLessThanOrEqual(720)
  })

  test('is found by those who look at minutes after minutes', () => {
    expect(median(delays(fifty, 'twice the control, a minute', 'rollback'))).toBe(60)
    for (const name of ['under 99 %, five minutes', 'Mann–Whitney, each minute'] as const)
      expect(median(delays(fifty, name, 'rollback')), name).toBe(300)
  })
})

test.each([
  [0, 50],
  [TWO_HOURS, 5],
])('after %d healthy seconds a burst of 30 percent is suspended within 4 s, in each of %d runs', (from, count) => {
  const found = runs(() => errorsOf(30, from), ['suspending'], { from, until: from + 60 }, count)
  expect(delays(found, 'suspending', 'suspend').at(-1)).toBeLessThanOrEqual(4)
})

test('the slowest 2 % of the canary taking twice as long is found', () => {
  const found = runs((random) => harmed(random, { slowest: 2 }), ['suspending', 'never suspended'], { until: 1500 }, 4)
  expect(delays(found, 'suspending', 'suspend').at(-1)).toBeLessThanOrEqual(600)
  expect(delays(found, 'never suspended', 'rollback at 0.001').at(-1)).toBeLessThanOrEqual(1500)
})

test('ten times the callers’ errors do not hurt a canary, unless they are held against it', () => {
  const callers = (held: boolean) =>
    runs((random) => harmed(random, { userErrors: 10, held }), ['suspending', 'never suspended'], { until: 300 }, 5)
  expect(callers(false).flatMap((events) => [...events.suspending, ...events['never suspended']])).toEqual([])
  expect(wrong(callers(true), 'suspending', 'suspend')).toBe(5)
})

test.each(Object.entries(scenarios))('%s: healthy canaries are not rolled back', (_, traffic) => {
  const found = runs(() => traffic, ['suspending', 'never suspended'], { until: 1200 }, 4)
  for (const name of ['suspending', 'never suspended'] as const)
    expect(wrong(found, name, 'rollback at 0.05'), name).toBeLessThanOrEqual(binomialBound(4, 0.05))
})

test('what others do is done as they do it', () => {
  const [x, y] = [
    [12, 18, 11, 25, 12, 31],
    [10, 11, 12, 9, 10, 13, 8],
  ] as const
  // By counting pairs in exact fractions.
  expect(mannWhitneyZ(x, y, 0)).toBeCloseTo(2.160739431828507, 12)
  expect(mannWhitneyZ(x, y, 1)).toBeCloseTo(1.66121365832923, 12)
  expect(shiftBetween(x, y)).toBe(4.5)
  expect(mannWhitneyZ([1, 1], [1, 1], 0)).toBe(0)
})

test('chance alone brings so many false rollbacks', () => {
  // The least k with P(X ≤ k) of at least 0.99, summed exactly.
  expect([0.05, 0.01].map((alpha) => binomialBound(1000, alpha))).toEqual([67, 18])
})

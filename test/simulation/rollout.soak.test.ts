import { describe, expect, test } from 'vitest'
import { binomialBound } from './interval.js'
import { delays, type Event, errorsOf, type Name, peers, runs, scenarios, TWO_HOURS } from './rollout.js'
import { at, delayTable, suspensions, wrong } from './rollout-report.js'
import { harmed } from './rollout-requests.js'

const HOUR = 3_600_000
const others = Object.keys(peers) as (keyof typeof peers)[]
const ours = ['suspending', 'never suspended'] as const
const everyone = [...ours, 'errors alone', ...others] as const

/** In how many sets of fifty runs the median is at most so much, of how many. */
function mediansWithin(found: readonly Record<Name, Event[]>[], name: Name, seconds: number): string {
  const sets = Array.from({ length: found.length / 50 }, (_, i) => found.slice(50 * i, 50 * (i + 1)))
  const medians = sets.map((set) => at(delays(set, name, 'suspend'), 0.5)).sort((a, b) => a - b)
  const within = medians.filter((median) => median <= seconds).length
  return `${name}: medians of fifty from ${medians[0]} to ${medians.at(-1)} s, ${within} of ${sets.length} at most ${seconds} s`
}

test('a canary at 3 % errors beside 1 %', { timeout: HOUR }, () => {
  console.log(
    delayTable(
      'first fifty runs, seconds',
      runs(() => errorsOf(3), everyone, { until: TWO_HOURS }, 50),
    ),
  )
  const found = runs(() => errorsOf(3), ['suspending', 'errors alone'], { until: 600 }, 2000)
  console.log(delayTable('2,000 runs, seconds', found))
  for (const name of ['suspending', 'errors alone'] as const) {
    console.log(mediansWithin(found, name, 30))
    expect.soft(at(delays(found, name, 'suspend'), 0.5), name).toBeLessThanOrEqual(30)
  }
})

test.each([0, TWO_HOURS])('a burst of 30 % after %d s', { timeout: HOUR }, (from) => {
  const found = runs(() => errorsOf(30, from), everyone, { from, until: from + 1200 }, 50)
  console.log(delayTable(`30 % after ${from} s, seconds`, found))
  expect(delays(found, 'suspending', 'suspend').at(-1)).toBeLessThanOrEqual(4)
})

test('the slowest 2 % of the canary take twice as long', { timeout: HOUR }, () => {
  const found = runs((random) => harmed(random, { slowest: 2 }), ours, { until: TWO_HOURS }, 50)
  console.log(delayTable('slowest 2 % twice as slow, seconds', found))
  expect(delays(found, 'suspending', 'suspend').at(-1)).toBeLessThanOrEqual(600)
  expect(delays(found, 'never suspended', 'rollback at 0.001').at(-1)).toBeLessThan(TWO_HOURS)
})

test('ten times the callers’ errors: not held against the canary', { timeout: HOUR }, () => {
  const found = runs((random) => harmed(random, { userErrors: 10 }), ours, { until: TWO_HOURS }, 50)
  expect(wrong(found, 'suspending', 'suspend')).toBe(0)
  expect(wrong(found, 'never suspended', 'rollback at 0.05')).toBe(0)
  const held = runs((random) => harmed(random, { userErrors: 10, held: true }), ours, { until: 600 }, 50)
  console.log(delayTable('were they held against it, seconds', held))
  expect(delays(held, 'suspending', 'suspend').at(-1)).toBeLessThanOrEqual(30)
})

/** How many were rolled back at each alpha, which chance alone may not explain in more than one soak of a hundred. */
function rolledBack(found: readonly Record<Name, Event[]>[], name: Name): string[] {
  return ([0.05, 0.01] as const).map((alpha) => {
    const count = wrong(found, name, `rollback at ${alpha}`)
    expect.soft(count, `${name}, ${alpha}`).toBeLessThanOrEqual(binomialBound(found.length, alpha))
    return percent(count / found.length)
  })
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

describe.each(Object.entries(scenarios))('two healthy hours, %s', (name, traffic) => {
  test('1,000 canaries', { timeout: 2 * HOUR }, () => {
    const found = runs(() => traffic, ['suspending', ...others], { until: TWO_HOURS }, 1000)
    const share = (who: Name, what: string) => percent(wrong(found, who, what) / 1000)
    const cells = [
      name,
      ...rolledBack(found, 'suspending'),
      share('suspending', 'suspend'),
      (suspensions(found) / 1000).toFixed(2),
      share('suspending', 'pause'),
      ...others.map((other) => share(other, 'rollback')),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  })

  test('200 never suspended', { timeout: HOUR }, () => {
    const found = runs(() => traffic, ['never suspended'], { until: TWO_HOURS }, 200)
    console.log(`| ${name}, never suspended | ${rolledBack(found, 'never suspended').join(' | ')} |`)
  })
})

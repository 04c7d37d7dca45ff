import { expect, test } from 'vitest'
import { runSeed } from '../support/random.js'
import { rateInterval } from './interval.js'
import { type Outcome, simulate } from './pipeline.js'

/** Of the binomial bound, 99 %. */
const Z99 = 2.5758293035489
const HOUR = 3_600_000

test.each([0, 0.3])(
  'a thousand tests of an effect of %d, looked at each minute of a day',
  async (effect) => {
    const outcomes = await simulate({ seed: runSeed('pipeline'), tests: 1000, users: 200, effect, every: 1 })
    const share = (is: (outcome: Outcome) => boolean) => outcomes.filter(is).length / outcomes.length
    const rates = { called: share(({ called }) => called), missed: share(({ missed }) => missed) }
    const mean = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, o) => sum + of(o), 0) / outcomes.length
    console.info({ effect, ...rates, saved: mean((o) => o.saved), foretold: mean((o) => o.foretold) })
    expect(rateInterval(rates.missed * 1000, 1000, Z99)[0]).toBeLessThanOrEqual(0.05)
    if (effect === 0) expect(rateInterval(rates.called * 1000, 1000, Z99)[0]).toBeLessThanOrEqual(0.05)
    expect(mean((o) => o.saved) / mean((o) => o.foretold)).toBeCloseTo(1, 1)
  },
  3 * HOUR,
)

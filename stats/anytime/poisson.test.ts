import fc from 'fast-check'
import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import type { Evidence, Interval } from './evidence.js'
import { poissonEvidence, poissonInterval } from './poisson.js'

// mpmath, 60 digits: lnΓ(br + x) - lnΓ(br) + br ln b - (br + x) ln(b + T) + T r - x ln r, b = planned / (c + log(1 +
// c)),
// c = -2 log(alpha).
test.each([
  [3, 10, 0.5, 100, 0.05, -0.010520655994787508],
  [0, 40, 0.25, 1000, 0.05, 1.3152160136633733],
  [1200, 10_000, 0.125, 5000, 0.01, -0.6014172282230303],
  [1e12 + 4e7, 1e12, 1, 1e12, 0.05, 709.3725508523886],
  [5, 1e-3, 1000, 1e-3, 0.05, 1.489210259781606],
])('%d in %d against a rate of %d, planned %d at %d: ln e', (events, exposure, rate, planned, alpha, lnE) => {
  const found = poissonEvidence({ events, exposure }, rate, { planned, alpha }) as Evidence
  close(found.lnE, lnE)
})

// mpmath: 250 halvings of the same ln e + log(alpha).
test.each([
  [3, 10, 100, 0.05, 0.01178670798756491, 1.750071077980626],
  [0, 40, 1000, 0.05, 0, 0.5694373096191524],
  [1e12, 1e12, 1e12, 0.05, 0.9999969647937522, 1.000003035211733],
  [1200, 10_000, 5000, 0.01, 0.10793086671515437, 0.1328487373073535],
  [2, 1e-6, 1, 0.05, 0.4176853688736202, 754966138118.5641],
])('%d in %d, planned %d at %d: interval', (events, exposure, planned, alpha, low, high) => {
  const found = poissonInterval({ events, exposure }, { planned, alpha }) as Interval
  close(found[0], low)
  close(found[1], high)
})

const count = fc.record({
  events: fc.integer({ min: 0, max: 10_000 }),
  exposure: fc.double({ min: 1, max: 1e4, noNaN: true }),
})
const planned = fc.integer({ min: 1, max: 1e5 })

test('the unit of exposure is free', () => {
  fc.assert(
    fc.property(count, planned, ({ events, exposure }, planned) => {
      const [low, high] = poissonInterval({ events, exposure }, { planned }) as Interval
      const found = poissonInterval({ events, exposure: exposure * 60 }, { planned: planned * 60 }) as Interval
      close(found[0] * 60, low)
      close(found[1] * 60, high)
    }),
  )
})

test('p is at most alpha exactly where the interval leaves the rate out', () => {
  fc.assert(
    fc.property(count, fc.double({ min: 0.1, max: 10, noNaN: true }), planned, (count, factor, planned) => {
      const [low, high] = poissonInterval(count, { planned }) as Interval
      const rate = ((count.events + 1) / count.exposure) * factor
      const found = poissonEvidence(count, rate, { planned }) as Evidence
      const near = Math.min(Math.abs(rate / low - 1), Math.abs(rate / high - 1)) < 1e-9
      if (!near) expect(found.pValue <= 0.05).toBe(rate <= low || rate >= high)
    }),
  )
})

test('what cannot be is out of range', () => {
  const tuning = { planned: 100 }
  const one = { events: 1, exposure: 1 }
  for (const found of [
    poissonEvidence(one, 0, tuning),
    poissonEvidence({ events: -1, exposure: 1 }, 1, tuning),
    poissonInterval({ events: 1, exposure: 0 }, tuning),
    poissonInterval({ events: 1, exposure: Infinity }, tuning),
    poissonInterval(one, { planned: 0 }),
    poissonInterval(one, { planned: Number.NaN }),
  ])
    expect(found).toMatchObject({ kind: 'none', reason: 'out-of-range' })
})

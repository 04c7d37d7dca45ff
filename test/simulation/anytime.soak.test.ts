import type { Design } from '@assay/stats/planning/design'
import { mde } from '@assay/stats/planning/mde'
import { power } from '@assay/stats/planning/power'
import { expect, test } from 'vitest'
import { seeded } from '../support/random.js'
import { boundaries, mannWhitney, metrics, normal, oneSidedStops, stops } from './anytime.js'
import { rateInterval } from './interval.js'

const USERS = 10_000
const percent = (x: number) => `${(100 * x).toFixed(1)} %`
const within = (found: readonly number[]) => found.filter((n) => n < Infinity).length
const meanOf = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length

/** Skewness so great that means are not normal until far beyond the looks simulated: documented, not asserted. */
const SLOW = ['Bernoulli, p = 0.005', 'log-normal, σ = 1.5']

test('type-I error, a look after each of 10,000 users', { timeout: 900_000 }, () => {
  for (const from of [4, 100]) {
    const methods = boundaries(USERS, from)
    const names = Object.keys(metrics)
    const rows = [`| looking from user ${from} on | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`]
    const columns = names.map((name) =>
      stops({ runs: 5_000, seed: 20_261_121 }, { users: USERS, draw: metrics[name]! }, methods),
    )
    for (const method of Object.keys(methods)) {
      const cells = columns.map((column) => within(column[method]!) / 5_000)
      rows.push(`| ${method} | ${cells.map(percent).join(' | ')} |`)
      for (const [i, column] of columns.entries()) {
        if (method.includes('peeked') || SLOW.includes(names[i]!)) continue
        expect.soft(rateInterval(within(column[method]!), 5_000)[0], `${method}, ${names[i]}`).toBeLessThanOrEqual(0.05)
      }
    }
    console.log(rows.join('\n'))
  }
})

test('unequal branches: the sequence with each branch’s own variance, and with the pooled where that is wider', {
  timeout: 900_000,
}, () => {
  const names = Object.keys(metrics)
  const sequence = { sequence: boundaries(USERS)['confidence sequence']! }
  const rows = [
    `| in the treatment | variance | ${names.join(' | ')} |`,
    `|---|---|${names.map(() => '---|').join('')}`,
  ]
  for (const share of [0.2, 0.05, 0.01]) {
    for (const pooled of [false, true]) {
      const wrong = names.map((name) => {
        const path = { users: USERS, draw: metrics[name]!, share, pooled }
        return within(stops({ runs: 1_000, seed: 10 }, path, sequence).sequence!)
      })
      const cells = wrong.map((count) => percent(count / 1_000)).join(' | ')
      rows.push(`| ${100 * share} % | ${pooled ? 'pooled if wider' : 'own'} | ${cells} |`)
      for (const count of pooled ? wrong : []) expect.soft(rateInterval(count, 1_000)[0]).toBeLessThanOrEqual(0.05)
    }
  }
  console.log(rows.join('\n'))
})

test('one side, and Mann–Whitney peeked at', { timeout: 900_000 }, () => {
  const wrong = oneSidedStops({ runs: 5_000, seed: 5 }, { users: USERS, draw: normal })
  const random = seeded(6)
  const ranks = Array.from({ length: 1_000 }, () => mannWhitney(random, { users: USERS, draw: normal }))
  console.log(`one-sided sequence ${percent(wrong / 5_000)}; Mann–Whitney peeked at ${percent(within(ranks) / 1_000)}`)
  expect(rateInterval(wrong, 5_000)[0]).toBeLessThanOrEqual(0.05)
  expect(within(ranks) / 1_000).toBeGreaterThan(0.5)
})

test('power and when it stops, of a sample for 80 % power of a t-test', { timeout: 900_000 }, () => {
  const shift = mde({ method: 'fixed' }, USERS, () => 2) as number
  for (const [label, factor] of [
    ['the effect planned for', 1],
    ['twice it', 2],
    ['half of it', 0.5],
  ] as const) {
    const found = stops(
      { runs: 2_000, seed: 7 },
      { users: USERS, draw: normal, shift: shift * factor },
      boundaries(USERS),
    )
    const random = seeded(8)
    const path = { users: USERS, draw: normal, shift: shift * factor }
    found['Mann–Whitney, peeked at'] = Array.from({ length: 500 }, () => mannWhitney(random, path))
    const rows = [`| ${label} | power | users when it stops, mean |`, '|---|---|---|']
    for (const [method, at] of Object.entries(found)) {
      const users = meanOf(at.map((n) => Math.min(n, USERS)))
      rows.push(`| ${method} | ${percent(within(at) / at.length)} | ${Math.round(users).toLocaleString('en')} |`)
    }
    console.log(rows.join('\n'))
  }
})

test('power as planned', { timeout: 900_000 }, () => {
  const designs: Record<string, Design> = {
    't-test at the end': { method: 'fixed' },
    'group sequential, five looks, O’Brien–Fleming': {
      method: 'group-sequential',
      information: [0.2, 0.4, 0.6, 0.8, 1],
    },
    'confidence sequence': { method: 'any-time', planned: 2_000 },
  }
  const rows = ['| design | effect, sd | planned power | simulated |', '|---|---|---|---|']
  for (const shift of [0.08, 0.125, 0.16]) {
    const found = stops({ runs: 4_000, seed: 9 }, { users: 2_000, draw: normal, shift }, boundaries(2_000))
    for (const [name, design] of Object.entries(designs)) {
      const planned = power(design, 2_000, shift, () => 2) as number
      const simulated = within(found[name]!) / 4_000
      rows.push(`| ${name} | ${shift} | ${percent(planned)} | ${percent(simulated)} |`)
      expect.soft(Math.abs(simulated - planned), name).toBeLessThan(0.025)
    }
  }
  console.log(rows.join('\n'))
})

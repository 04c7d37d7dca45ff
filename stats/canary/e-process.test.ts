import fc from 'fast-check'
import { expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import { begin, bet, type EProcess, lnSum, lnWealth } from './e-process.js'

const ratio = fc.double({ min: -30, max: 30, noNaN: true })
const rounds = fc.array(fc.tuple(ratio, ratio, ratio), { maxLength: 40 })
const after = (rounds: readonly (readonly number[])[]) => rounds.reduce(bet, begin(3))

test('it is the mixture over start times, summed directly', () => {
  fc.assert(
    fc.property(rounds, (rounds) => {
      const unstaked = (s: number) => (s === 0 ? 1 : Math.LN2 / 2 / Math.log(s + 1))
      const started = rounds.flatMap((_, s) =>
        [0, 1, 2].map((j) => {
          const product = rounds.slice(s).reduce((lnProduct, round) => lnProduct + round[j]!, 0)
          return Math.log((unstaked(s) - unstaked(s + 1)) / 3) + product
        }),
      )
      const expected = lnSum([...started, Math.log(unstaked(rounds.length))])
      expect(Math.abs(lnWealth(after(rounds)) - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)))
    }),
  )
})

test('a fair bet changes no expectation: it is a martingale', () => {
  const p = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  fc.assert(
    fc.property(rounds, p, fc.tuple(p, p, p), (rounds, p, others) => {
      const before = after(rounds)
      const hit = bet(
        before,
        others.map((q) => Math.log(q / p)),
      )
      const miss = bet(
        before,
        others.map((q) => Math.log((1 - q) / (1 - p))),
      )
      const expected = lnSum([Math.log(p) + lnWealth(hit), Math.log(1 - p) + lnWealth(miss)])
      expect(Math.abs(expected - lnWealth(before))).toBeLessThan(1e-12 * (1 + Math.abs(lnWealth(before))))
    }),
  )
})

test('half is staked on the first round, and all in the end', () => {
  // mpmath: ln(1/2), and ln(ln 2 / 2 / ln(1e6)), ln(ln 2 / 2 / ln(1e9)).
  const lost = (lnMasses: readonly number[], starts: number) => lnWealth({ lnMasses: lnMasses.map(() => -1e9), starts })
  close(lost([0], 1), -Math.LN2)
  close(lost([0], 1e6 - 1), -3.6854520156176203)
  close(lost([0], 1e9 - 1), -4.090917123725784)
  close(lnWealth(begin(8)), 0, 1e-15)
})

test('a million rounds of nothing keep the wealth at 1', () => {
  let process = begin(2)
  for (let i = 0; i < 1e6; i++) process = bet(process, [0, 0])
  expect(Math.abs(lnWealth(process))).toBeLessThan(1e-10)
})

test('neither a thousand losses nor a thousand gains of e^1000 leave the doubles', () => {
  const many = (lnRatio: number) => Array.from({ length: 1000 }).reduce<EProcess>((p) => bet(p, [lnRatio, 0]), begin(2))
  expect(lnWealth(many(-1000))).toBeGreaterThan(-2)
  close(lnWealth(many(1000)), 1e6 - Math.log(4))
})

test('what JSON gives back goes on as before', () => {
  fc.assert(
    fc.property(rounds, rounds, (first, then) => {
      const stored: EProcess = JSON.parse(JSON.stringify(after(first)))
      expect(then.reduce(bet, stored)).toEqual(after([...first, ...then]))
    }),
  )
})

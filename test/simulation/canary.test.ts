import { expect, test } from 'vitest'
import { delays, type Fault, falseAlarms, fooledBy, scenarios, special, stoppedMean } from './canary.js'
import { rateInterval } from './interval.js'

// 30 runs find gross faults only, canary.soak.test.ts the fine ones.
const RUNS = 30
const SEED = 20_240_601

test.each(Object.entries(scenarios))('%s: no process is wrong too often but those it fools', (name, traffic) => {
  for (const tally of falseAlarms(traffic, RUNS, SEED)) {
    if (fooledBy[tally.process].some((scenario) => scenario === name)) continue
    const [mean, error] = stoppedMean(tally, RUNS)
    expect(rateInterval(tally.wrong, RUNS)[0], tally.process).toBeLessThanOrEqual(tally.alpha)
    expect(mean - 4 * error, tally.process).toBeLessThanOrEqual(1)
  }
})

test('a sick instance fools requests and users, not blocks', () => {
  const found = falseAlarms(scenarios['one sick instance of 20'], RUNS, SEED).filter(({ alpha }) => alpha === 0.01)
  const often = found.filter(({ wrong }) => wrong > RUNS / 2).map(({ process }) => process)
  expect(often).toEqual(expect.arrayContaining(['requests (suspend)', 'users (log-rank)']))
  expect(often).not.toContain('block bets')
})

test('a canary at the floor beside a spotless control is not accused, however much worse it is', () => {
  const found = falseAlarms(special.spotlessControl, RUNS, SEED).filter(({ alpha }) => alpha === 0.05)
  const wrong = (process: string) => found.find((tally) => tally.process === process)!.wrong
  expect(wrong('latency, requests'), 'without a floor').toBe(RUNS)
  expect(rateInterval(wrong('requests (suspend)'), RUNS)[0]).toBeLessThanOrEqual(0.05)
  expect(rateInterval(wrong('rollback'), RUNS)[0]).toBeLessThanOrEqual(0.05)
})

test('a fault is found within a minute by requests and within minutes by what clusters do not fool', () => {
  const fault: Fault = { seconds: 10, after: 0, ratio: 3, margin: 0, alpha: 0.001 }
  const median = (of: number[]) => of[of.length >> 1]
  expect(median(delays('requests (suspend)', fault, RUNS, SEED))).toBeLessThanOrEqual(60)
  expect(median(delays('rollback', fault, RUNS, SEED))).toBeLessThanOrEqual(660)
  expect(median(delays('requests (suspend)', { ...fault, ratio: 30 }, RUNS, SEED))).toBe(10)
})

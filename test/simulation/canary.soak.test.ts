import { expect, test } from 'vitest'
import {
  ALPHAS,
  delays,
  type Fault,
  falseAlarms,
  fooledBy,
  names,
  type Process,
  scenarios,
  special,
  stoppedMean,
  type Tally,
} from './canary.js'
import { rateInterval } from './interval.js'

const RUNS = 10_000
const SEED = 20_240_601
const HOUR = 3_600_000
const Z99 = 2.5758293035489004

const percent = (share: number) => (100 * share).toFixed(2)

function rate({ wrong }: Tally, runs: number): string {
  const [low, high] = rateInterval(wrong, runs, Z99)
  return `${percent(wrong / runs)} [${percent(low)}, ${percent(high)}]`
}

function stopped(tally: Tally, runs: number): string {
  const [mean, error] = stoppedMean(tally, runs)
  return mean > 10 ? '> 10' : `${mean.toFixed(2)} ± ${(Z99 * error).toFixed(2)}`
}

/** Processes down, scenarios across. */
function table(title: string, columns: readonly string[], cell: (process: Process, column: number) => string): string {
  const rows = names.map((process) => `| ${process} | ${columns.map((_, i) => cell(process, i)).join(' | ')} |`)
  return [`| ${title} | ${columns.join(' | ')} |`, `|---${'|---'.repeat(columns.length)}|`, ...rows].join('\n')
}

test('two healthy hours', { timeout: 2 * HOUR }, () => {
  const columns = Object.keys(scenarios) as (keyof typeof scenarios)[]
  const found = columns.map((name) => falseAlarms(scenarios[name], RUNS, SEED))
  const of = (process: Process, column: number, alpha: number) =>
    found[column]!.find((tally) => tally.process === process && tally.alpha === alpha)!
  const claimed = (process: Process, column: number) =>
    !fooledBy[process].some((scenario) => scenario === columns[column])
  const marked = (text: string, process: Process, column: number) => (claimed(process, column) ? text : `*${text}*`)
  for (const alpha of ALPHAS) {
    console.log(table(`% of runs, α = ${alpha}`, columns, (p, c) => marked(rate(of(p, c, alpha), RUNS), p, c)))
    console.log(table(`mean stopped e, α = ${alpha}`, columns, (p, c) => marked(stopped(of(p, c, alpha), RUNS), p, c)))
  }
  for (const process of names)
    for (const [column, name] of columns.entries())
      for (const alpha of ALPHAS) {
        const tally = of(process, column, alpha)
        const [low] = rateInterval(tally.wrong, RUNS)
        const [mean, error] = stoppedMean(tally, RUNS)
        if (claimed(process, column)) {
          expect.soft(low, `${process}, ${name}, ${alpha}`).toBeLessThanOrEqual(alpha)
          expect.soft(mean - 3.29 * error, `${process}, ${name}, ${alpha}`).toBeLessThanOrEqual(1)
        } else expect.soft(low, `${process}, ${name}, ${alpha}`).toBeGreaterThan(alpha)
      }
})

test('promotions of a canary half as bad again, at a margin of a half', { timeout: HOUR }, () => {
  const runs = 2000
  const columns = ['independent', 'retries', 'correlated users', 'one sick instance of 20'] as const
  const found = columns.map((name) => falseAlarms(scenarios[name], runs, SEED, 0.5))
  const rows = (['promote, a step', 'promote, in full'] as const).map((process) => {
    const cells = found.map((tallies) => rate(tallies.find((t) => t.process === process && t.alpha === 0.05)!, runs))
    return `| ${process} | ${cells.join(' | ')} |`
  })
  console.log([`| % of runs, β = 0.05 | ${columns.join(' | ')} |`, '|---|---|---|---|---|', ...rows].join('\n'))
  for (const tallies of found) {
    const full = tallies.find((t) => t.process === 'promote, in full' && t.alpha === 0.05)!
    expect.soft(rateInterval(full.wrong, runs)[0]).toBeLessThanOrEqual(0.05)
  }
})

test('where a floor is needed, and where blocks are fooled', { timeout: HOUR }, () => {
  const runs = 2000
  for (const [name, traffic] of Object.entries(special)) {
    const tallies = falseAlarms(traffic, runs, SEED).filter(({ alpha }) => alpha === 0.05)
    console.log(`${name}\n${tallies.map((tally) => `${tally.process}: ${rate(tally, runs)} %`).join('\n')}`)
    if (traffic !== special.spotlessControl) continue
    for (const tally of tallies.filter(({ process }) => process === 'requests (suspend)' || process === 'rollback'))
      expect.soft(rateInterval(tally.wrong, runs)[0]).toBeLessThanOrEqual(0.05)
  }
})

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(share * sorted.length)]!

test('seconds until a fault is found', { timeout: HOUR }, () => {
  const rows = [
    '| found by | strata | canary | margin | at the start | after 2 h | after 8 h |',
    '|---|---|---|---|---|---|---|',
  ]
  const view = (process: Process, seconds: number, ratio: number, margin: number) => {
    const cells = [0, 2, 8].map((after) => {
      const fault: Fault = { seconds, after, ratio, margin, alpha: 0.001 }
      const found = delays(process, fault, seconds === 1 && after === 8 ? 100 : 200, SEED)
      expect.soft(at(found, 0.9), `${process} ${JSON.stringify(fault)}`).toBeLessThan(Infinity)
      return `${at(found, 0.5)}, ${at(found, 0.9)}`
    })
    rows.push(`| ${process} | ${seconds} s | ${ratio} % | ${margin} | ${cells.join(' | ')} |`)
  }
  for (const ratio of [3, 30]) {
    view('requests (suspend)', 1, ratio, 0)
    for (const margin of [0, 0.5]) {
      view('requests (suspend)', 10, ratio, margin)
      view('users (log-rank)', 10, ratio, margin)
      view('rollback', 10, ratio, margin)
    }
  }
  console.log(rows.join('\n'))
})

test('minutes until a healthy canary is shown to be within the margin', { timeout: HOUR }, () => {
  const rows = ['| weight | margin | a step | in full |', '|---|---|---|---|']
  for (const [weight, margin] of [
    [0.01, 2],
    [0.01, 9],
    [0.05, 1],
    [0.05, 0.5],
    [0.25, 0.5],
    [0.5, 0.5],
    [0.5, 0.2],
  ] as const) {
    const cells = (['promote, a step', 'promote, in full'] as const).map((process) => {
      const found = delays(process, { seconds: 10, after: 0, ratio: 1, margin, alpha: 0.05, weight }, 100, SEED)
      expect.soft(at(found, 0.9), process).toBeLessThan(Infinity)
      return `${(at(found, 0.5) / 60).toFixed(1)}, ${(at(found, 0.9) / 60).toFixed(1)}`
    })
    rows.push(`| ${100 * weight} % | ${margin} | ${cells.join(' | ')} |`)
  }
  console.log(rows.join('\n'))
})

import { type Cell, slowAbove } from '@assay/stats/canary/latency'
import { poisson } from './draw.js'
import { healthy } from './rollout.js'
import type { Traffic } from './rollout-traffic.js'

type Random = () => number

/** Share of requests that fail by the caller's fault. */
const USER_ERRORS = 0.01
/** How much slower than the control the canary may be. */
const MARGIN = 0.1

const { rates } = healthy

/** Edges of a histogram's cells, each so many times the one below. */
const CELL = Math.log(1.02)

/** A caller's errors are answered after that many milliseconds: later than nearly all else. */
const REFUSED = 1000

interface Harm {
  /** How many times as long the slowest 2 % of the canary's requests take. */
  readonly slowest?: number
  /** The caller's errors in the canary, to one in the control. */
  readonly userErrors?: number
  /** Whether these are held against it, as they should not be. */
  readonly held?: boolean
}

/** Milliseconds with a tail of infinite variance: Pareto's of exponent 1.5 from 20 ms on, given up after 30 s. */
function latency(random: Random, slowest: number): number {
  const rank = random()
  return Math.min(30_000, 20 * (1 - rank) ** (-1 / 1.5) * (rank > 0.98 ? slowest : 1))
}

/** Cells that have any, ascending. */
function histogram(latencies: readonly number[]): Cell[] {
  const cells = new Map<number, number>()
  for (const ms of latencies) {
    const cell = Math.floor(Math.log(ms) / CELL)
    cells.set(cell, (cells.get(cell) ?? 0) + 1)
  }
  return [...cells].sort(([a], [b]) => a - b).map(([cell, n]) => ({ above: Math.exp(cell * CELL), n }))
}

/** The latency from which on a request is slow, by the minute of the control before. */
function slowFrom(random: Random): number {
  const before = Array.from({ length: 28_500 }, () => latency(random, 1))
  const threshold = slowAbove(histogram(before), rates.latency)
  if (typeof threshold !== 'number') throw new Error(`Expected a threshold, not ${threshold.reason}.`)
  return threshold
}

/** Traffic whose requests are drawn one by one, each with its outcome and its latency. */
export function harmed(random: Random, { slowest = 1, userErrors = 1, held = false }: Harm): Traffic {
  const threshold = slowFrom(random)
  const drawn: Traffic['drawn'] = (random, requests, canary) => {
    const total = poisson(random, requests)
    const latencies: number[] = []
    const isSlow = (ms: number) => ms > (canary ? threshold * (1 + MARGIN) : threshold)
    let bad = 0
    for (let i = 0; i < total; i++) {
      const refused = random() < USER_ERRORS * (canary ? userErrors : 1)
      if (refused ? held : random() < rates.errors) bad++
      if (!refused) latencies.push(latency(random, canary ? slowest : 1))
      else if (held) latencies.push(REFUSED)
    }
    return {
      errors: { total, bad },
      latency: { total: latencies.length, bad: latencies.filter(isSlow).length },
      hung: { total, bad: Math.min(total, poisson(random, total * rates.hung)) },
    }
  }
  return { ...healthy, drawn }
}

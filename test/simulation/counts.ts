import { lnBernoulli } from '@assay/stats/anytime/bernoulli'
import type { Evidence, Interval, Tuning } from '@assay/stats/anytime/evidence'
import { poissonEvidence } from '@assay/stats/anytime/poisson'
import { stitchedReach } from '@assay/stats/anytime/quantile'
import { quantileDifference } from '@assay/stats/anytime/quantile-ab'
import { type Phase, sequentialSampleRatio } from '@assay/stats/health/sequential-sample-ratio'
import { seeded } from '../support/random.js'
import { poisson } from './draw.js'

/** Runs in which a true null was rejected, or a true value left out, at any look. */
export interface Tally {
  readonly wrong: number
  readonly runs: number
}

export const LEVEL = 0.05
const THRESHOLD = -Math.log(LEVEL)

function tally(runs: number, seed: number, run: (random: () => number) => boolean): Tally {
  const random = seeded(seed)
  let wrong = 0
  for (let i = 0; i < runs; i++) if (run(random)) wrong++
  return { wrong, runs }
}

/** Least and greatest count not rejected at each look, found from the look before; e-values are convex in the count. */
function accepted(looks: number, lnE: (count: number, look: number) => number, mean: number): Int32Array[] {
  const [low, high] = [new Int32Array(looks + 1), new Int32Array(looks + 1)]
  for (let look = 1; look <= looks; look++) {
    const kept = (count: number) => lnE(count, look) < THRESHOLD
    const centre = Math.round(look * mean)
    low[look] = Math.min(low[look - 1]!, centre)
    while (!kept(low[look]!) && low[look]! < centre) low[look]!++
    high[look] = Math.max(high[look - 1]!, centre)
    while (kept(high[look]! + 1)) high[look]!++
  }
  return [low, high]
}

interface Setting {
  readonly runs: number
  readonly looks: number
  readonly seed: number
}

/** A look after each trial. Rejecting the true p is leaving it out of the interval. */
export function bernoulli({ runs, looks, seed }: Setting, p: number, tuning: Tuning): Tally {
  const lnE = (k: number, n: number) => (k > n ? Infinity : lnBernoulli(k, n, p, tuning))
  const [low, high] = accepted(looks, lnE, p) as [Int32Array, Int32Array]
  return tally(runs, seed, (random) => {
    let k = 0
    for (let n = 1; n <= looks; n++) {
      if (random() < p) k++
      if (k < low[n]! || k > high[n]!) return true
    }
    return false
  })
}

/** A look after each unit of exposure, at `rate` events a unit. */
export function poissonRate({ runs, looks, seed }: Setting, rate: number, tuning: Tuning): Tally {
  const lnE = (events: number, exposure: number) =>
    (poissonEvidence({ events, exposure }, rate, tuning) as Evidence).lnE
  const [low, high] = accepted(looks, lnE, rate) as [Int32Array, Int32Array]
  return tally(runs, seed, (random) => {
    let events = 0
    for (let exposure = 1; exposure <= looks; exposure++) {
      events += poisson(random, rate)
      if (events < low[exposure]! || events > high[exposure]!) return true
    }
    return false
  })
}

/**
 * One quantile, whose value `ties` [P(less), P(at most)] surround p: all that the ranks of a distribution depend on.
 */
export function quantile({ runs, looks, seed }: Setting, p: number, ties: Interval, tuning: Tuning): Tally {
  const lnE = (k: number, n: number) => (k > n ? Infinity : lnBernoulli(k, n, p, tuning))
  const [low, high] = accepted(looks, lnE, p) as [Int32Array, Int32Array]
  return tally(runs, seed, (random) => {
    let [less, atMost] = [0, 0]
    for (let n = 1; n <= looks; n++) {
      const u = random()
      if (u < ties[0]) less++
      if (u < ties[1]) atMost++
      if (atMost < low[n]! || less > high[n]!) return true
    }
    return false
  })
}

/** All percentiles of a continuous distribution at once. */
export function everyQuantile({ runs, looks, seed }: Setting, tuning: Tuning): Tally {
  const percent = Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
  const reach = (look: number) =>
    percent.map((p) => [stitchedReach(1 - p, look, tuning), stitchedReach(p, look, tuning)])
  const reaches = Float64Array.from(Array.from({ length: looks }, (_, i) => reach(i + 1)).flat(2))
  return tally(runs, seed, (random) => {
    const below = new Int32Array(99)
    for (let n = 1; n <= looks; n++) {
      for (let i = Math.floor(random() * 100); i < 99; i++) below[i]!++
      for (let i = 0; i < 99; i++) {
        const at = ((n - 1) * 99 + i) * 2
        const off = below[i]! - (n * (i + 1)) / 100
        if (-off > reaches[at]! || off > reaches[at + 1]!) return true
      }
    }
    return false
  })
}

/** Users per distinct value of either branch, of values that are all distinct. */
function cells(branches: readonly (readonly number[])[]): [number[], number[]] {
  const all = branches.flatMap((values, branch) => values.map((value) => ({ value, branch })))
  const order = all.sort((a, b) => a.value - b.value)
  return [order.map(({ branch }) => (branch === 0 ? 1 : 0)), order.map(({ branch }) => (branch === 1 ? 1 : 0))]
}

/**
 * Two branches of one distribution, users in turn, a look after each. The test takes the least evidence over all
 * values, so it can reject only where each value near the quantile does: only there is the whole of it computed.
 */
export function quantileTest({ runs, looks, seed }: Setting, p: number, tuning: Tuning): Tally {
  const near = Array.from({ length: 21 }, (_, i) => p + ((i % 2 === 0 ? i : -i - 1) / 2) * 0.002)
  return tally(runs, seed, (random) => {
    const values: [number[], number[]] = [[], []]
    const below = [new Int32Array(near.length), new Int32Array(near.length)]
    const lnE = (branch: 0 | 1, i: number) => lnBernoulli(below[branch]![i]!, values[branch].length, p, tuning)
    for (let look = 1; look <= looks; look++) {
      const branch = (look % 2) as 0 | 1
      const u = random()
      values[branch].push(u)
      for (const [i, x] of near.entries()) if (u < x) below[branch]![i]!++
      if (near.some((_, i) => lnE(0, i) + lnE(1, i) < THRESHOLD)) continue
      const found = quantileDifference(...cells(values), p, tuning)
      if ('lnE' in found && found.lnE >= THRESHOLD) return true
    }
    return false
  })
}

/**
 * Users split as `actual` says where the phases' weights say otherwise or the same; a look after each `batch` of users.
 */
export function sampleRatioLooks(
  random: () => number,
  phases: readonly { readonly looks: number; readonly weights: Interval; readonly actual?: number }[],
  batch: number,
  threshold: number,
): number | null {
  const seen: Phase[] = []
  let look = 0
  for (const { looks, weights, actual = weights[0] / (weights[0] + weights[1]) } of phases) {
    const users: [number, number] = [0, 0]
    const before = sequentialSampleRatio(seen).lnE
    for (let i = 0; i < looks; i++) {
      look++
      for (let j = 0; j < batch; j++) users[random() < actual ? 0 : 1]++
      if (before + sequentialSampleRatio([{ users, weights }]).lnE >= threshold) return look
    }
    seen.push({ users, weights })
  }
  return null
}

/** A true split over the phases of a ramp. */
export function sampleRatio({ runs, looks, seed }: Setting, ramp: readonly Interval[], batch: number): Tally {
  const phases = ramp.map((weights) => ({ weights, looks: looks / ramp.length }))
  return tally(runs, seed, (random) => sampleRatioLooks(random, phases, batch, THRESHOLD) !== null)
}

/** Users until a split of `actual` is found to be no 50:50, each run's; looks every 1,000 users. */
export function sampleRatioDelay({ runs, looks, seed }: Setting, actual: number, alpha: number): number[] {
  const random = seeded(seed)
  const phases = [{ looks, weights: [1, 1] as const, actual }]
  return Array.from({ length: runs }, () => {
    const look = sampleRatioLooks(random, phases, 1000, -Math.log(alpha))
    return look === null ? Infinity : look * 1000
  }).sort((a, b) => a - b)
}

import { type EProcess, lnWealth } from '@assay/stats/canary/e-process'
import { type Evidence, noEvidence, observe } from '@assay/stats/canary/guardrail'
import { betLikelihood, likelihood } from '@assay/stats/canary/likelihood'
import { lnSafety } from '@assay/stats/canary/promote'
import { lnHarm } from '@assay/stats/canary/rollback'
import { type Counts, relative, type Stratum } from '@assay/stats/canary/stratum'
import { lnSuspicion } from '@assay/stats/canary/suspend'
import { seeded } from '../support/random.js'
import { strata, type Traffic } from './canary-traffic.js'
import { heavyTailed } from './draw.js'

/** A canary like the control, at 5 % of 500 requests a second, one of which in 100 fails. */
const steady: Traffic = {
  seconds: 10,
  ratio: () => 1,
  weight: () => 0.05,
  tide: () => 1,
  rate: 0.01,
  burst: () => 1,
  ailing: 0,
  sick: false,
}

/** Two hours, in strata of ten seconds. */
const STRATA = 720

export const scenarios = {
  independent: steady,
  'time of day': { ...steady, tide: (t) => 1 + 0.8 * Math.sin((2 * Math.PI * t) / STRATA) },
  'ramp 1, 5, 25, 50 %': { ...steady, weight: (t) => [0.01, 0.05, 0.25, 0.5][Math.floor((4 * t) / STRATA)]! },
  'heavy tails': { ...steady, rate: 0.01 / 3, burst: (random) => Math.min(1000, heavyTailed(random, 1.5)) },
  retries: { ...steady, rate: 0.01 / 3, burst: () => 3 },
  'correlated users': { ...steady, ailing: 0.03 },
  'one sick instance of 20': { ...steady, sick: true },
} as const satisfies Record<string, Traffic>

/** Where something else than `scenarios` must hold, or cannot. */
export const special = {
  /** The canary at the floor beside a control that hardly fails: not to be accused, though relatively far worse. */
  spotlessControl: { ...steady, rate: 0.001, controlRate: 1e-5 },
  /** One instance of twenty with but 1 % of the requests: over what is assumed of blocks. */
  smallInstance: { ...steady, weight: () => 0.01, sick: true },
} as const satisfies Record<string, Traffic>

const together = (a: Counts, b: Counts): Counts => ({ total: a.total + b.total, bad: a.bad + b.bad })
const nothing: Counts = { total: 0, bad: 0 }

/** Cuts a stream of request strata into blocks of a minute; undefined while one is open. */
function minutes(seconds: number): (requests: Stratum) => Stratum | undefined {
  let open: Stratum = { canary: nothing, control: nothing }
  let left = 60 / seconds
  return ({ canary, control }) => {
    open = { canary: together(open.canary, canary), control: together(open.control, control) }
    if (--left > 0) return undefined
    const block = open
    open = { canary: nothing, control: nothing }
    left = 60 / seconds
    return block
  }
}

const FLOOR = 0.001

/** What is known after a stratum. */
interface Known {
  readonly errors: Evidence
  readonly slow: EProcess
  readonly hung: EProcess
}

export const processes = {
  'requests (suspend)': ({ errors }) => lnSuspicion(errors.suspicion),
  'latency, requests': ({ slow }) => lnWealth(slow),
  'hung, requests': ({ hung }) => lnWealth(hung),
  'users (log-rank)': ({ errors }) => lnWealth(errors.harm.users.relative),
  'block bets': ({ errors }) => lnWealth(errors.harm.blocks.relative),
  rollback: ({ errors }) => lnHarm(errors.harm),
  'promote, a step': ({ errors }) => lnSafety(errors.safety, false),
  'promote, in full': ({ errors }) => lnSafety(errors.safety, true),
} as const satisfies Record<string, (known: Known) => number>
export type Process = keyof typeof processes
export const names = Object.keys(processes) as Process[]

function* watch(traffic: Traffic, random: () => number, margin: number): Generator<Known, never> {
  const limits = { margin, floor: FLOOR }
  const closing = minutes(traffic.seconds)
  let known: Known = { errors: noEvidence, slow: likelihood, hung: likelihood }
  const seen = strata(traffic, random)
  for (;;) {
    const { errors, users, slow, hung } = seen.next().value
    const block = closing(errors)
    known = {
      errors: observe(known.errors, { requests: errors, users, ...(block && { block }) }, limits),
      slow: betLikelihood(known.slow, relative(slow, limits)),
      hung: betLikelihood(known.hung, relative(hung, limits)),
    }
    yield known
  }
}

export const ALPHAS = [0.05, 0.01] as const

/** One process at one alpha, over many runs. */
export interface Tally {
  readonly process: Process
  readonly alpha: number
  /** Runs in which its e-value ever reached 1 / alpha. */
  wrong: number
  /** Sum of the e-values where each run stopped: on reaching it, or at the end. */
  stopped: number
  stoppedSquared: number
}

/** What fools a process by its own account; elsewhere it keeps its promise. */
export const fooledBy: Record<Process, readonly (keyof typeof scenarios)[]> = {
  'requests (suspend)': ['heavy tails', 'retries', 'correlated users', 'one sick instance of 20'],
  'latency, requests': ['heavy tails', 'retries', 'correlated users', 'one sick instance of 20'],
  'hung, requests': ['heavy tails', 'retries', 'correlated users', 'one sick instance of 20'],
  'users (log-rank)': ['one sick instance of 20'],
  'block bets': ['correlated users'],
  rollback: [],
  'promote, a step': ['one sick instance of 20'],
  'promote, in full': [],
}

/** Mean of the stopped e-values and its standard error. */
export function stoppedMean({ stopped, stoppedSquared }: Tally, runs: number): readonly [number, number] {
  const mean = stopped / runs
  return [mean, Math.sqrt(Math.max(0, stoppedSquared / runs - mean * mean) / runs)]
}

/** Two hours of a canary exactly at the margin, looked at after every stratum: every alarm and every promotion is false. */
export function falseAlarms(traffic: Traffic, runs: number, seed: number, margin = 0): Tally[] {
  const random = seeded(seed)
  const tallies = names.flatMap((process) =>
    ALPHAS.map((alpha): Tally => ({ process, alpha, wrong: 0, stopped: 0, stoppedSquared: 0 })),
  )
  for (let run = 0; run < runs; run++) {
    const seen = watch({ ...traffic, ratio: () => 1 + margin }, random, margin)
    let running = tallies
    for (let t = 1; t <= STRATA && running.length > 0; t++) {
      const known = seen.next().value
      running = running.filter((tally) => {
        const lnE = processes[tally.process](known)
        const over = lnE >= -Math.log(tally.alpha)
        if (over) tally.wrong++
        if (over || t === STRATA) {
          tally.stopped += Math.exp(lnE)
          tally.stoppedSquared += Math.exp(2 * lnE)
        }
        return !over
      })
    }
  }
  return tallies
}

export interface Fault {
  /** Seconds of a stratum. */
  readonly seconds: number
  /** Healthy hours before it. */
  readonly after: number
  /** Bad requests of the canary from then on, to one of the control. */
  readonly ratio: number
  readonly margin: number
  readonly alpha: number
  /** The canary's share of the users, if not 5 %. */
  readonly weight?: number
}

/** Seconds from a fault until the process reaches 1 / alpha, of each run, ascending; Infinity if not within five hours. */
export function delays(process: Process, fault: Fault, runs: number, seed: number): number[] {
  const { seconds, after, ratio, margin, alpha, weight = 0.05 } = fault
  const random = seeded(seed)
  const from = (after * 3600) / seconds
  const traffic = { ...steady, seconds, weight: () => weight, ratio: (t: number) => (t < from ? 1 : ratio) }
  const run = () => {
    const seen = watch(traffic, random, margin)
    for (let t = 1; t <= from + 18_000 / seconds; t++) {
      const known = seen.next().value
      if (t > from && processes[process](known) >= -Math.log(alpha)) return (t - from) * seconds
    }
    return Infinity
  }
  return Array.from({ length: runs }, run).sort((a, b) => a - b)
}

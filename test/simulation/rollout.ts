import { decide, type Policy } from '@assay/stats/canary/decide'
import { type Evidence, noEvidence, observe } from '@assay/stats/canary/guardrail'
import type { Closed, Counts, Stratum } from '@assay/stats/canary/stratum'
import { resumed } from '@assay/stats/canary/suspend'
import { seeded } from '../support/random.js'
import { eachHour, eachMinute, successRate, twiceTheControl, type Watcher } from './rollout-peers.js'
import { type Guardrail, guardrails, type Second, seconds, type Traffic } from './rollout-traffic.js'

const LIMITS = { margin: 0, floor: 0.001 }
/** What a step at 5 % of the users asks to be shown. */
const STEP = 1
const BLOCK = 60
/** Seconds at weight 0 before a suspended canary resumes, and how often it does before somebody has to look. */
const RESUME_AFTER = 60
const RESUMPTIONS = 3

const policy = { suspendAlpha: 0.001, beta: 0.05, attempt: 1, full: false }

const nothing: Counts = { total: 0, bad: 0 }
const plus = (a: Counts, b: Counts): Counts => ({ total: a.total + b.total, bad: a.bad + b.bad })
const together = (a: Stratum, b: Stratum): Stratum => ({
  canary: plus(a.canary, b.canary),
  control: plus(a.control, b.control),
})

const empty: Stratum = { canary: nothing, control: nothing }

/** One guardrail: its evidence, and the block that is open. */
interface State {
  readonly name: Guardrail
  readonly weight: number
  evidence: Evidence
  block: Stratum
}

/** Levels of rollback: what follows one is as if it had not come, to see whether it comes at the next. */
export const ALPHAS = [0.05, 0.01, 0.001] as const

interface Setting {
  readonly names?: readonly Guardrail[]
  /** Whether it suspends; otherwise traffic goes on whatever is suspected. */
  readonly suspends: boolean
}

/**
 * A controller by `observe` and `decide`: strata of a second, blocks of a minute of those seconds in which the canary
 * was served, a margin of 0, guardrails of equal weight. A suspended canary has no traffic for a minute and resumes with no
 * suspicion, three times; the next time it is left to somebody (`pause`).
 */
function controller({ names = guardrails, suspends }: Setting): Watcher {
  const states = names.map((name): State => ({ name, weight: 1, evidence: noEvidence, block: empty }))
  let [level, resumptions, resumesAt] = [0, 0, 0]
  return (second, t) => {
    const [served, ends] = [t >= resumesAt, (t + 1) % BLOCK === 0]
    if (!served && !ends) return undefined
    for (const state of states) observeSecond(state, second, served, ends)
    const asked: Policy = { ...policy, alpha: ALPHAS[level]! }
    const { decision } = decide(
      states.map(({ name, weight, evidence }) => ({ name, weight, ...evidence })),
      asked,
    )
    if (decision === 'rollback') {
      const alpha = ALPHAS[level++]!
      return { what: `rollback at ${alpha}`, over: level === ALPHAS.length }
    }
    if (!suspends || !served || decision !== 'suspend') return undefined
    if (resumptions++ === RESUMPTIONS) return { what: 'pause', over: true }
    resumesAt = t + 1 + RESUME_AFTER
    for (const state of states) state.evidence = { ...state.evidence, suspicion: resumed }
    return { what: 'suspend', over: false }
  }
}

function observeSecond(state: State, second: Second, served: boolean, ends: boolean) {
  const { requests, users } = second[state.name]
  if (served) state.block = together(state.block, requests)
  const closed: Closed = { ...(served && { requests, users }), ...(ends && { block: state.block }) }
  state.evidence = observe(state.evidence, closed, LIMITS, STEP)
  if (ends) state.block = empty
}

/** What others do, in the same traffic; none of them suspends. */
export const peers = {
  'under 99 %, five minutes': successRate,
  'twice the control, a minute': twiceTheControl,
  'Mann–Whitney, each hour': eachHour,
  'Mann–Whitney, each minute': eachMinute,
} as const satisfies Record<string, () => Watcher>

export const healthy: Traffic = {
  rates: { errors: 0.01, latency: 0.01, hung: 0.001 },
  ratio: () => 1,
  tide: () => 1,
  tries: () => 1,
  ailing: 0,
  sick: false,
}

/** A canary that fails so many times as often as the control, from then on. */
export const errorsOf = (times: number, from = 0): Traffic => ({
  ...healthy,
  ratio: (guardrail, t) => (guardrail === 'errors' && t >= from ? times : 1),
})

export const TWO_HOURS = 7200
const timeOfDay = { tide: (t: number) => 1 + 0.8 * Math.sin((2 * Math.PI * t) / TWO_HOURS) }
/** Bad requests come in threes, and in tens for one minute in ten. */
const storms = {
  rates: { errors: 0.01 / 3, latency: 0.01 / 3, hung: 0.001 / 3 },
  tries: (t: number) => (t % 600 < 60 ? 10 : 3),
}
const users = { ailing: 0.03 }
const instance = { sick: true }

export const scenarios = {
  independent: healthy,
  'time of day': { ...healthy, ...timeOfDay },
  'retry storms': { ...healthy, ...storms },
  'correlated users': { ...healthy, ...users },
  'one sick instance of 20': { ...healthy, ...instance },
  'all at once': { ...healthy, ...timeOfDay, ...storms, ...users, ...instance },
} as const satisfies Record<string, Traffic>

export interface Event {
  readonly what: string
  readonly at: number
}

/** What each watcher did and when, in seconds after `from`, until all are done or `until`. */
function run<Name extends string>(
  traffic: Traffic,
  watchers: Readonly<Record<Name, () => Watcher>>,
  { from = 0, until }: Span,
  random: () => number,
): Record<Name, Event[]> {
  const names = Object.keys(watchers) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, [] as Event[]])) as Record<Name, Event[]>
  let running = names.map((name) => ({ name, see: watchers[name]() }))
  const stream = seconds(traffic, random)
  for (let t = 0; t < until && running.length > 0; t++) {
    const second = stream.next().value
    running = running.filter(({ name, see }) => {
      const alarm = see(second, t)
      if (alarm) found[name].push({ what: alarm.what, at: t + 1 - from })
      return !alarm?.over
    })
  }
  return found
}

export interface Span {
  /** Second at which something happens to the canary. */
  readonly from?: number
  /** Second at which a run ends. */
  readonly until: number
}

const all = {
  suspending: () => controller({ suspends: true }),
  'errors alone': () => controller({ names: ['errors'], suspends: true }),
  'never suspended': () => controller({ suspends: false }),
  ...peers,
}
export type Name = keyof typeof all

/** Each run's events, by who watched; the i-th run's seed is i, from 1. */
export function runs(
  make: (random: () => number) => Traffic,
  names: readonly Name[],
  span: Span,
  count: number,
): Record<Name, Event[]>[] {
  const watchers = Object.fromEntries(names.map((name) => [name, all[name]])) as typeof all
  return Array.from({ length: count }, (_, i) => {
    const random = seeded(i + 1)
    return run(make(random), watchers, span, random)
  })
}

/** Seconds until it first did that, of each run, ascending; Infinity where it did not. */
export const delays = (found: readonly Record<Name, Event[]>[], name: Name, what: string): number[] =>
  found
    .map((events) => events[name].find((event) => event.what === what && event.at > 0)?.at ?? Infinity)
    .sort((a, b) => a - b)

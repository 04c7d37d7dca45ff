import { isDeepStrictEqual } from 'node:util'
import { type CanaryHealth, STALE_AFTER, TOLD_EVERY } from '@assay/core/control/health'
import { statesOf } from '@assay/core/control/phases'
import { isActive } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import { guardrailName } from '@assay/core/definition/rollout'
import { noEvidence } from '@assay/stats/canary/guardrail'
import { type AskMetrics, evidenceOf, type MetricEvidence } from './evidence/metric.js'
import { Watch } from './evidence/watch.js'
import { guardrailHealth, type Judgement, judge, type Known, type Weighed } from './judge.js'

/** Milliseconds between two looks at metrics. */
const ASK_EVERY = 10_000

/** A rollout under way, as its controller knows it: what is defined, what was seen, and what follows from both. */
export class Rollout {
  readonly app: string
  readonly testId: string
  /** Since when traffic is evidence, in Unix milliseconds. */
  readonly from: number
  readonly watch: Watch
  #state: TestState
  #metrics: { at: number; found: ReadonlyMap<string, MetricEvidence> } = { at: 0, found: new Map() }
  #asked = 0
  #told = { at: 0, version: 0 }

  /** Of a test whose rollout is under way: its evidence begins with the attempt, or with the policy it has now. */
  constructor(app: string, testId: string, state: TestState) {
    this.app = app
    this.testId = testId
    this.#state = state
    const states = statesOf(state.history)
    const start = states.findLastIndex((one, i) => isStart(one, states[i - 1]))
    this.from = state.history[start]!.at
    this.watch = new Watch(testId, states[start]!, this.from)
    for (const [i, one] of states.entries())
      if (i > start && isMove(one, states[i - 1]!)) this.watch.moved(one.rollout!)
  }

  get state(): TestState {
    return this.#state
  }

  /** @returns false where it is over, or another one now */
  follow(state: TestState | undefined, now: number): boolean {
    if (state === undefined) return false
    // Asked at every look, and folded anew only where there is news.
    if (state === this.#state) return isActive(state.rollout)
    const states = statesOf(state.history).slice(this.#state.history.length)
    for (const [i, one] of states.entries()) {
      const before = i === 0 ? this.#state : states[i - 1]!
      if (isStart(one, before)) return false
      if (isMove(one, before)) this.watch.moved(one.rollout!, now)
    }
    this.#state = state
    return isActive(state.rollout)
  }

  /** What is to be done at `now`, by all that was seen before: nothing until the last step has reached the traffic. */
  judged(now: number): Judgement {
    if (this.watch.isBehind) return { decision: 'hold', action: null, reasons: [{ reason: 'settling' }] }
    return judge(this.#known(now))
  }

  /** Asks for metrics where it is time to; what was found stays until it is stale. */
  async askMetrics(ask: AskMetrics, now: number): Promise<void> {
    const names = this.#policy.guardrails.filter(({ kind }) => kind === 'metric').map(guardrailName)
    if (names.length === 0 || now - this.#asked < ASK_EVERY) return
    this.#asked = now
    this.#metrics = { at: now, found: await ask(this.app, this.testId, names) }
  }

  /** What is to be told at `now`; null while there is no news, and the last is not old. */
  toTell(now: number, { decision, reasons }: Judgement): CanaryHealth | null {
    const { version } = this.#state
    if (version === this.#told.version && now - this.#told.at < TOLD_EVERY) return null
    this.#told = { at: now, version }
    return this.health(now, { decision, reasons })
  }

  health(now: number, judgement: Pick<Judgement, 'decision' | 'reasons'>): CanaryHealth {
    const known = this.#known(now)
    const { stage, weight, step, attempt, release } = known.state
    const guardrails = known.guardrails.map((one) => guardrailHealth(one, known))
    const isBad = stage === 'suspended' || stage === 'rolled-back' || guardrails.some(({ state }) => isHarm(state))
    const isKnown = guardrails.some(({ state }) => state !== 'no-data')
    return {
      ...{ stage, weight, step, steps: known.policy.steps.length, attempt },
      ...(release !== undefined && { release }),
      ...judgement,
      health: isBad ? 'degraded' : isKnown ? 'healthy' : 'unknown',
      ...{ users: this.watch.users, requests: this.watch.requests, userErrors: this.watch.userErrors, guardrails },
    }
  }

  get #policy() {
    return this.#state.definition.rollout!
  }

  #known(now: number): Known {
    const { users, requests, silence } = this.watch
    const policy = this.#policy
    const isSilent = silence.lasts(policy.missing.after, now)
    return { policy, state: this.#state.rollout!, guardrails: this.#weighed(now), users, requests, isSilent, now }
  }

  #weighed(now: number): Weighed[] {
    const isFresh = now - this.#metrics.at < ASK_EVERY + STALE_AFTER
    return this.#policy.guardrails.map((one) => {
      const { severity, weight } = one
      const name = guardrailName(one)
      if (one.kind !== 'metric') {
        const { evidence, counts } = this.watch.guardrails.find((watched) => watched.name === name)!
        return { name, severity, weight, counts, ...evidence }
      }
      const found = isFresh ? this.#metrics.found.get(name) : undefined
      return { name, severity, weight, counts: null, ...(found && isNumber(found) ? evidenceOf(found) : noEvidence) }
    })
  }
}

/** What is none must not hide what other guardrails say. */
const isNumber = ({ lnHarm, lnSafety }: MetricEvidence) => Number.isFinite(lnHarm) && Number.isFinite(lnSafety)

const isHarm = (state: string) => state === 'suspect' || state === 'harmful'

/** Whether evidence begins anew with a record: with an attempt, and with a policy that says otherwise. */
function isStart(after: TestState, before: TestState | undefined): boolean {
  const { what, ...record } = after.history.at(-1)!
  if (what === 'rollout') return 'action' in record && record.action === 'begin'
  return what === 'define' && !isDeepStrictEqual(watched(after), watched(before))
}

/** What a watch is made of. */
const watched = (state: TestState | undefined) => [
  state?.definition.rollout,
  state?.definition.control,
  state?.definition.branches.map(({ name }) => name),
]

/** Whether a record moved the rollout: others leave it as it is, and what was only told moves nobody. */
function isMove({ rollout: after }: TestState, { rollout: before }: TestState): boolean {
  if (after!.last.dry && after!.weight === before!.weight) return false
  return !isDeepStrictEqual(after, before)
}

import { canaryOf, type RolloutState } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import { guardrailName, type RolloutPolicy } from '@assay/core/definition/rollout'
import type { Stratum } from '@assay/stats/canary/stratum'
import { branchOf, type Observed } from '../observed.js'
import type { WatchedGuardrail } from './counted.js'
import { stepMargin, watchedGuardrail } from './guardrails.js'
import { Silence } from './silence.js'
import { nothing, Tally, together } from './tally.js'

/** Users of a phase are counted up to here: who wants more is told that there are as many. */
const USERS = 100_000

const SECOND = 1000
/** Milliseconds by which clocks may differ without one having been set. */
const LEAP = 5000

/** By a step of its own, or by weights that were set by hand. */
const movedAt = ({ last, since }: RolloutState) => Math.max(last.at, since)

/**
 * One attempt at a rollout: its traffic as evidence, second by second in the order in which it was taken in. A second is
 * judged once and never again: what comes late counts when it comes.
 */
export class Watch {
  readonly guardrails: readonly WatchedGuardrail[]
  readonly silence: Silence
  /** Of the canary, in the present phase. */
  requests = 0
  /** Requests of the phase, and those that failed by the caller's fault: told of, and no evidence. */
  userErrors: Stratum = nothing
  readonly #testId: string
  readonly #policy: RolloutPolicy
  readonly #canary: string
  readonly #control: string
  readonly #margins: ReadonlyMap<string, number>
  #users = new Set<string>()
  /** The second that is open. */
  #second: number
  #open = { canary: 0, control: 0 }
  readonly #callers = new Tally()
  #weight: number
  /** Steps of the rollout that traffic has not reached yet. */
  #moves: { at: number; state: RolloutState }[] = []

  /** @param from Unix milliseconds: of the rollout's begin, or since when its policy is what it is */
  constructor(testId: string, { definition, rollout }: TestState, from: number) {
    const policy = definition.rollout!
    const counted = policy.guardrails.filter((one) => one.kind !== 'metric')
    this.#testId = testId
    this.#policy = policy
    this.#canary = canaryOf(definition)
    this.#control = definition.control
    // That of latency is one of times, which says nothing of how many are slow.
    const marginOf = (one: (typeof counted)[number]) => (one.kind === 'latency' ? 0 : one.margin)
    this.#margins = new Map(counted.map((one) => [guardrailName(one), marginOf(one)]))
    this.guardrails = counted.map((one) => watchedGuardrail(one, stepMargin(policy, rollout!.step, marginOf(one))))
    this.silence = new Silence(from)
    this.#second = Math.floor(from / SECOND)
    this.#weight = rollout!.weight
  }

  get users(): number {
    return this.#users.size
  }

  /** @param now Unix milliseconds here: what was taken in by a clock that goes ahead was taken in now */
  take(observed: Observed, now: number): void {
    const branch = branchOf(observed, this.#testId)
    const isCanary = branch === this.#canary
    if (!isCanary && branch !== this.#control) return
    this.closeUpTo(Math.min(observed.received, now))
    if (observed.kind === 'request') this.#count(observed, isCanary)
    for (const guardrail of this.guardrails) guardrail.take(observed, isCanary)
  }

  /** Whether there was a step behind the last second that is closed: what is known is of before it. */
  get isBehind(): boolean {
    return this.#moves.length > 0
  }

  /** The rollout took a step: evidence goes by it from the time of the step on. */
  moved(state: RolloutState, now = Infinity): void {
    // Who signed it may have a clock that goes ahead.
    this.#moves.push({ at: Math.min(movedAt(state), now), state })
  }

  /** The same as time goes by here; a clock that was ahead and is set right has the seconds go on from there. */
  tick(now: number): void {
    if (this.#second * SECOND > now + LEAP) this.#second = Math.floor(now / SECOND)
    this.closeUpTo(now)
  }

  /** Closes the seconds that ended by `time`. */
  closeUpTo(time: number): void {
    const end = Math.floor(time / SECOND)
    while (this.#second < end) this.#close()
  }

  #count({ user, outcome }: Observed, isCanary: boolean): void {
    this.#callers.add(isCanary, outcome === 'user_error')
    this.#open[isCanary ? 'canary' : 'control']++
    if (!isCanary) return
    this.requests++
    if (this.#users.size < USERS) this.#users.add(user)
  }

  #close(): void {
    const end = ++this.#second * SECOND
    const isMinute = this.#second % 60 === 0
    for (const guardrail of this.guardrails) guardrail.close(isMinute)
    this.userErrors = together(this.userErrors, this.#callers.take())
    this.silence.second(end, this.#open, this.#weight)
    this.#open = { canary: 0, control: 0 }
    while (this.#moves.length > 0 && this.#moves[0]!.at <= end) this.#move(this.#moves.shift()!.state)
  }

  #move(state: RolloutState): void {
    const { weight, step, last } = state
    const isOwn = last.at === movedAt(state)
    if (isOwn && last.action === 'resume') for (const guardrail of this.guardrails) guardrail.resumed()
    if (weight === this.#weight && !(isOwn && last.action === 'promote')) return
    this.#weight = weight
    this.requests = 0
    this.userErrors = nothing
    this.#users = new Set()
    for (const guardrail of this.guardrails)
      guardrail.newPhase(stepMargin(this.#policy, step, this.#margins.get(guardrail.name)!))
  }
}

import { type Evidence, noEvidence, observe } from '@assay/stats/canary/guardrail'
import { noSafety } from '@assay/stats/canary/promote'
import type { Closed, Limits, Stratum } from '@assay/stats/canary/stratum'
import { resumed } from '@assay/stats/canary/suspend'
import type { Observed } from '../observed.js'
import { nothing, Tally, together } from './tally.js'

/** A guardrail of which each request of a test is evidence. */
export interface WatchedGuardrail {
  readonly name: string
  readonly evidence: Evidence
  /** Requests of the phase, and those that were bad. */
  readonly counts: Stratum
  take(observed: Observed, isCanary: boolean): void
  /** Closes the second, and with it the minute where it is its last one. */
  close(isMinute: boolean): void
  /** The canary has users again: suspicion starts anew, and is slower to believe requests. */
  resumed(): void
  /** Another weight, and the margin that must be shown at it: safety starts anew. */
  newPhase(stepMargin: number): void
}

/** Folds what closes into a guardrail's evidence. */
export class EvidenceOf {
  evidence: Evidence = noEvidence
  counts: Stratum = nothing
  #block: Stratum = nothing

  constructor(
    private readonly limits: Limits,
    private stepMargin: number,
  ) {}

  close(closed: Omit<Closed, 'block'>, isMinute: boolean): void {
    const { requests = nothing } = closed
    this.counts = together(this.counts, requests)
    // Seconds in which one branch served nobody, as while it is suspended, compare nothing.
    if (requests.canary.total > 0 && requests.control.total > 0) this.#block = together(this.#block, requests)
    this.evidence = observe(
      this.evidence,
      isMinute ? { ...closed, block: this.#block } : closed,
      this.limits,
      this.stepMargin,
    )
    if (isMinute) this.#block = nothing
  }

  resumed(): void {
    this.evidence = { ...this.evidence, suspicion: resumed }
  }

  newPhase(stepMargin: number): void {
    this.stepMargin = stepMargin
    this.counts = nothing
    this.evidence = { ...this.evidence, safety: noSafety }
  }
}

/** Whether a request is bad; null where it tells nothing. */
export type Verdict = (observed: Observed, isCanary: boolean) => boolean | null

/** Requests and users by a verdict on each request. A user counts until the first bad one, in whichever branch. */
export class CountedGuardrail implements WatchedGuardrail {
  readonly #of: EvidenceOf
  readonly #requests = new Tally()
  readonly #spoiled = new Set<string>()
  /** Users of the second, and whether theirs is the canary. */
  #active = new Map<string, boolean>()
  #spoiledNow = new Map<string, boolean>()

  constructor(
    readonly name: string,
    private readonly verdict: Verdict,
    limits: Limits,
    stepMargin: number,
  ) {
    this.#of = new EvidenceOf(limits, stepMargin)
  }

  get evidence(): Evidence {
    return this.#of.evidence
  }

  get counts(): Stratum {
    return this.#of.counts
  }

  take(observed: Observed, isCanary: boolean): void {
    const isBad = observed.kind === 'request' ? this.verdict(observed, isCanary) : null
    if (isBad === null) return
    this.#requests.add(isCanary, isBad)
    const { user } = observed
    if (this.#spoiled.has(user)) return
    this.#active.set(user, isCanary)
    if (isBad) this.#spoiledNow.set(user, isCanary)
  }

  close(isMinute: boolean): void {
    const users = new Tally()
    for (const [user, isCanary] of this.#active) users.add(isCanary, this.#spoiledNow.has(user))
    for (const user of this.#spoiledNow.keys()) this.#spoiled.add(user)
    this.#active = new Map()
    this.#spoiledNow = new Map()
    this.#of.close({ requests: this.#requests.take(), users: users.take() }, isMinute)
  }

  resumed(): void {
    this.#of.resumed()
  }

  newPhase(stepMargin: number): void {
    this.#of.newPhase(stepMargin)
  }
}

import type { Evidence } from '@assay/stats/canary/guardrail'
import { unanswered } from '@assay/stats/canary/hung'
import type { Counts, Limits, Stratum } from '@assay/stats/canary/stratum'
import type { Observed } from '../observed.js'
import { EvidenceOf, type WatchedGuardrail } from './counted.js'

/** Seconds that an answer may take, and of one look at what lacks one: counts of gates and apps come in their own time. */
const PATIENCE = 10

const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0)

/** One branch's requests as the gate counted them, and their answers as somebody told of them. */
class Owed {
  #sent: number[] = []
  #total = { sent: 0, completed: 0 }
  #open = 0
  #missing = 0

  sent(n: number): void {
    this.#open += n
  }

  completed(): void {
    this.#total.completed++
  }

  second(): void {
    this.#sent.push(this.#open)
    this.#open = 0
  }

  /** Of the requests that are old enough to be answered, those of the last look, and how many more than before are not. */
  look(): Counts {
    const old = this.#sent.splice(0, Math.max(0, this.#sent.length - PATIENCE))
    const total = sum(old)
    this.#total.sent += total
    // Requests that went past the gate owe it nothing.
    this.#total.completed = Math.min(this.#total.completed, this.#total.sent + sum(this.#sent))
    const missing = Math.max(this.#missing, unanswered(this.#total).bad)
    const bad = Math.min(total, missing - this.#missing)
    this.#missing = missing
    return { total, bad }
  }
}

/**
 * A canary that hangs tells of nothing, so what the gate sent is held against what was answered. Answers that nobody waited
 * for are none. Users are not known of a gate's counts: it is suspected, never convicted.
 */
export class HungGuardrail implements WatchedGuardrail {
  readonly name = 'hung'
  readonly #of: EvidenceOf
  readonly #canary = new Owed()
  readonly #control = new Owed()
  #seconds = 0

  constructor(limits: Limits, stepMargin: number) {
    this.#of = new EvidenceOf(limits, stepMargin)
  }

  get evidence(): Evidence {
    return this.#of.evidence
  }

  get counts(): Stratum {
    return this.#of.counts
  }

  take({ kind, value, outcome }: Observed, isCanary: boolean): void {
    const owed = isCanary ? this.#canary : this.#control
    if (kind === 'sent') owed.sent(value)
    else if (outcome !== 'abandoned') owed.completed()
  }

  close(isMinute: boolean): void {
    this.#canary.second()
    this.#control.second()
    const isLook = ++this.#seconds % PATIENCE === 0
    const requests = isLook ? { canary: this.#canary.look(), control: this.#control.look() } : undefined
    if (requests || isMinute) this.#of.close(requests ? { requests } : {}, isMinute)
  }

  resumed(): void {
    this.#of.resumed()
  }

  newPhase(stepMargin: number): void {
    this.#of.newPhase(stepMargin)
  }
}

import { guardrailName, type RolloutGuardrail, type RolloutPolicy } from '@assay/core/definition/rollout'
import { CountedGuardrail, type WatchedGuardrail } from './counted.js'
import { failed } from './errors.js'
import { HungGuardrail } from './hung.js'
import { Slowness } from './latency.js'

type Counted = Exclude<RolloutGuardrail, { kind: 'metric' }>

/** Margins that a small canary can be shown to be within while one waits: some three times as bad at 1 %. */
const MARGIN_BY_WEIGHT = [
  { below: 0.05, margin: 2 },
  { below: 0.25, margin: 1 },
] as const
/** No margin at all can never be shown. */
const LEAST_MARGIN = 0.5

/** How much worse than the control a canary must be shown not to be before it leaves a step: before the last, its own margin. */
export function stepMargin({ steps }: RolloutPolicy, step: number, own: number): number {
  const at = steps[Math.min(step, steps.length - 1)]!
  if (at.margin !== undefined) return at.margin
  const shown = own > 0 ? own : LEAST_MARGIN
  if (step >= steps.length - 1) return shown
  return Math.max(shown, MARGIN_BY_WEIGHT.find(({ below }) => at.weight < below)?.margin ?? 0)
}

/** A guardrail that is judged by requests. */
export function watchedGuardrail(one: Counted, atFirst: number): WatchedGuardrail {
  const { kind, margin, floor } = one
  if (kind === 'hung') return new HungGuardrail({ margin, floor }, atFirst)
  if (kind === 'errors') return new CountedGuardrail(guardrailName(one), failed, { margin, floor }, atFirst)
  return new LatencyGuardrail(one, atFirst)
}

/** The margin is one of times, not of how many exceed them: of those no more than in the control. */
class LatencyGuardrail extends CountedGuardrail {
  readonly #slowness: Slowness

  constructor(one: Extract<RolloutGuardrail, { kind: 'latency' }>, atFirst: number) {
    const slowness = new Slowness(one.quantile, one.margin, one.floor)
    super(guardrailName(one), slowness.verdict, { margin: 0, floor: 1 - one.quantile }, atFirst)
    this.#slowness = slowness
  }

  override newPhase(stepMargin: number): void {
    this.#slowness.newPhase()
    super.newPhase(stepMargin)
  }
}

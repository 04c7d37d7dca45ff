import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { lift } from '@assay/stats/effect/lift'
import type { Estimate } from '@assay/stats/estimate/estimate'
import { pooledIfWider } from '@assay/stats/estimate/pooled'
import { fieller } from '@assay/stats/fixed/fieller'
import { tTest } from '@assay/stats/fixed/t-test'
import type { Inference } from '@assay/stats/inference'
import type { None } from '@assay/stats/none'
import { lnNormalTail } from '@assay/stats/tail/normal'
import type { Answer, Comparison } from './schemas.js'

type Sample = Estimate | None
type Infer = (effect: Effect | None) => Inference | None

/** What both methods say of a branch against the control, and the verdict by the one that was chosen before the start. */
export function compare(
  control: Sample,
  treatment: Sample,
  direction: MetricDefinition['direction'],
  { method, alpha, plannedUsers }: DecisionDefinition,
): Omit<Comparison, 'branch'> {
  const fixed = answer([control, treatment], (effect) => tTest(effect, { alpha }))
  const anytime = answer(pooledIfWider(control, treatment), (effect) =>
    confidenceSequence(effect, { alpha, planned: plannedUsers }),
  )
  const effect = difference(control, treatment).value
  const { pValue } = method === 'any-time' ? anytime : fixed
  const isBetter = effect !== null && effect > 0 === (direction === 'up')
  return {
    effect,
    relative: lift(control, treatment).value,
    fixed,
    anytime,
    method,
    verdict: pValue === null || pValue >= alpha ? 'inconclusive' : isBetter ? 'better' : 'worse',
    provisional: method === 'any-time',
  }
}

const unanswered = ({ reason }: None): Answer => ({ pValue: null, lnP: null, ci: null, relativeCi: null, reason })

function answer([control, treatment]: readonly [Sample, Sample], infer: Infer): Answer {
  const effect = difference(control, treatment)
  if (effect.kind === 'none') return unanswered(effect)
  const found = infer(effect)
  if (found.kind === 'none') return unanswered(found)
  const relative = isNearZero(control)
    ? byFieller(control, treatment, infer({ ...effect, value: 0, standardError: 1 }))
    : infer(lift(control, treatment))
  return { pValue: found.pValue, lnP: found.lnP, ci: [...found.ci], relativeCi: bounds(relative) }
}

/** Within as many standard errors of 0, a control's mean makes the delta method's interval of a lift rough. */
const NEAR_ZERO = 10

const isNearZero = (control: Sample) =>
  control.kind === 'estimate' && Math.abs(control.value) < NEAR_ZERO * Math.sqrt(control.variance)

/** Fieller's set, reaching as many standard errors as the method does at this sample: its interval of a unit effect of 0. */
function byFieller(control: Sample, treatment: Sample, unit: Inference | None): Inference | None {
  if (unit.kind === 'none') return unit
  const known = (sample: Sample) => ({ ...sample, df: Infinity })
  return fieller(known(control), known(treatment), { alpha: 2 * Math.exp(lnNormalTail(unit.ci[1])) })
}

/** Null where there is no interval or it has no end. */
function bounds(inference: Inference | None): [number, number] | null {
  return inference.kind === 'inference' && inference.ci.every(Number.isFinite) ? [...inference.ci] : null
}

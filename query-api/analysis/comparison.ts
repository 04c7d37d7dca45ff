import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { lift } from '@assay/stats/effect/lift'
import { pooledIfWider } from '@assay/stats/estimate/pooled'
import { fieller } from '@assay/stats/fixed/fieller'
import { tTest } from '@assay/stats/fixed/t-test'
import type { Inference } from '@assay/stats/inference'
import type { None } from '@assay/stats/none'
import { lnNormalTail } from '@assay/stats/tail/normal'
import type { Pair, Sample } from './estimates.js'
import type { Answer, Comparison } from './reply.js'

type Infer = (effect: Effect | None) => Inference | None

/** What both methods say of a branch against the control, and the verdict by the one that was chosen before the start. */
export function compare(
  pair: Pair,
  direction: MetricDefinition['direction'],
  { method, alpha, plannedUsers }: DecisionDefinition,
): Pick<Comparison, 'effect' | 'relative' | 'fixed' | 'anytime' | 'method' | 'verdict'> {
  const fixed = answer(pair, (effect) => tTest(effect, { alpha }))
  const anytime = answer(widened(pair), (effect) => confidenceSequence(effect, { alpha, planned: plannedUsers }))
  const effect = difference(pair.control, pair.treatment, pair.covariance).value
  const { pValue } = method === 'any-time' ? anytime : fixed
  const isBetter = effect !== null && effect > 0 === (direction === 'up')
  return {
    effect,
    relative: pair.lift.value,
    fixed,
    anytime,
    method,
    verdict: pValue === null || pValue >= alpha ? 'inconclusive' : isBetter ? 'better' : 'worse',
  }
}

/** As any-time methods take them: at least as uncertain as if users varied alike in both branches. */
function widened(pair: Pair): Pair {
  const [control, treatment] = pooledIfWider(pair.control, pair.treatment)
  const isWider = varianceOf(control) > varianceOf(pair.control) || varianceOf(treatment) > varianceOf(pair.treatment)
  return { ...pair, control, treatment, lift: isWider ? lift(control, treatment, pair.covariance) : pair.lift }
}

const varianceOf = (sample: Sample) => (sample.kind === 'none' ? 0 : sample.variance)

const unanswered = ({ reason }: None): Answer => ({ pValue: null, lnP: null, ci: null, relativeCi: null, reason })

function answer({ control, treatment, covariance, lift: share }: Pair, infer: Infer): Answer {
  const effect = difference(control, treatment, covariance)
  if (effect.kind === 'none') return unanswered(effect)
  const found = infer(effect)
  if (found.kind === 'none') return unanswered(found)
  const relative = isNearZero(control)
    ? byFieller(control, treatment, covariance, infer({ ...effect, value: 0, standardError: 1 }))
    : infer(share)
  return { pValue: found.pValue, lnP: found.lnP, ci: [...found.ci], relativeCi: bounds(relative) }
}

/** Within as many standard errors of 0, a control's mean makes the delta method's interval of a lift rough. */
const NEAR_ZERO = 10

const isNearZero = (control: Sample) =>
  control.kind === 'estimate' && Math.abs(control.value) < NEAR_ZERO * Math.sqrt(control.variance)

/** Fieller's set, reaching as many standard errors as the method does at this sample: its interval of a unit effect of 0. */
function byFieller(control: Sample, treatment: Sample, covariance: number, unit: Inference | None): Inference | None {
  if (unit.kind === 'none') return unit
  const known = (sample: Sample) => ({ ...sample, df: Infinity })
  const alpha = 2 * Math.exp(lnNormalTail(unit.ci[1]))
  return fieller(known(control), known(treatment), { alpha, covariance })
}

/** Null where there is no interval or it has no end. */
function bounds(inference: Inference | None): [number, number] | null {
  return inference.kind === 'inference' && inference.ci.every(Number.isFinite) ? [...inference.ci] : null
}

import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { groupSequential, obrienFleming, pocock } from '@assay/stats/anytime/group-sequential'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { lift } from '@assay/stats/effect/lift'
import { pooledIfWider } from '@assay/stats/estimate/pooled'
import { fieller } from '@assay/stats/fixed/fieller'
import { tTest } from '@assay/stats/fixed/t-test'
import type { Inference } from '@assay/stats/inference'
import type { None } from '@assay/stats/none'
import { lnNormalTail } from '@assay/stats/tail/normal'
import { decidingOf } from './deciding.js'
import type { Pair, Sample } from './estimates.js'
import type { Answer, Comparison } from './reply.js'

type Infer = (effect: Effect | None) => Inference | None

/** What both methods say of a branch against the control, and the verdict by the one that was chosen before the start. */
export function compare(
  pair: Pair,
  direction: MetricDefinition['direction'],
  decision: DecisionDefinition,
  looks: readonly LookedAt[] = [],
): Pick<Comparison, 'effect' | 'relative' | 'fixed' | 'anytime' | 'sequential' | 'method' | 'verdict'> {
  const { method, alpha, plannedUsers } = decision
  const fixed = answer(pair, (effect) => tTest(effect, { alpha }))
  const anytime = answer(widened(pair), (effect) => confidenceSequence(effect, { alpha, planned: plannedUsers }))
  const sequential = atLooks(looks, decision)
  const answers = { method, fixed, anytime, ...(sequential && { sequential }) }
  const effect = difference(pair.control, pair.treatment, pair.covariance).value
  const { pValue } = decidingOf(answers)
  const isBetter = (sequential?.effect ?? effect ?? 0) > 0 === (direction === 'up')
  return {
    effect,
    relative: pair.lift.value,
    ...answers,
    verdict: pValue === null || pValue >= alpha ? 'inconclusive' : isBetter ? 'better' : 'worse',
  }
}

/** What a planned look saw. */
export interface LookedAt {
  /** Share of the planned users that was in. */
  information: number
  pair: Pair
}

/** The answer of the first planned look that decides, or of the last one taken. */
function atLooks(looks: readonly LookedAt[], { alpha, spending }: DecisionDefinition): Comparison['sequential'] {
  for (const [i, { pair }] of looks.entries()) {
    const information = looks.slice(0, i + 1).map((look) => look.information)
    const options = { alpha, spending: spending === 'pocock' ? pocock : obrienFleming }
    const found = answer(pair, (effect) => groupSequential(effect, information, options))
    const isDecided = found.pValue !== null && found.pValue < alpha
    if (!isDecided && i < looks.length - 1) continue
    const { value } = difference(pair.control, pair.treatment, pair.covariance)
    return { ...found, effect: value, look: i + 1, information: looks[i]!.information }
  }
}

/** As any-time methods take them: at least as uncertain as if users varied alike in both branches. */
export function widened(pair: Pair): Pair {
  const [control, treatment] = pooledIfWider(pair.control, pair.treatment)
  // Of equal branches rounding alone is wider.
  const isWider = (by: Sample, than: Sample) => varianceOf(by) > varianceOf(than) * (1 + 1e-12)
  if (!isWider(control, pair.control) && !isWider(treatment, pair.treatment)) return pair
  return { ...pair, control, treatment, lift: lift(control, treatment, pair.covariance) }
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

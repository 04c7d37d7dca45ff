import type { Effect } from '../effect/effect.js'
import { interval } from '../inference.js'
import type { None } from '../none.js'
import type { ConfidenceSequence } from './confidence-sequence.js'
import { answer, evidence, weight } from './evidence.js'

export interface LinearOptions {
  /** In (0, 1). */
  readonly alpha?: number
  /** Users of both branches at which it is sharpest. */
  readonly planned?: number
}

/**
 * Any-time test of one coefficient of a linear model from its t statistic (Lindon, Ham, Tingley and Bojinov 2022, arXiv
 * 2210.08589, eq. 16 for one coefficient): two-sided, exact at every look and from the first users on where errors are
 * Gaussian and of one variance; the effect is `regression`'s, adjusted for a covariate, or any other whose `df` are those
 * of its residual. With many users it is `confidenceSequence`. The interval is unbounded while there are too few.
 */
export function linearTest(effect: Effect | None, options: LinearOptions = {}): ConfidenceSequence | None {
  const { alpha = 0.05, planned = 5_000 } = options
  if (effect.kind === 'none') return effect
  const { value, standardError, n } = effect
  // As good as infinite, and a number to reckon with.
  const df = Math.min(effect.df, 1e15)
  return answer(true, { alpha, planned }, () => {
    const ratio = n / weight({ alpha, planned })
    const square = (value / standardError) ** 2 / df
    const lnE = ((df + 1) * (Math.log1p(square) - Math.log1p(square / (1 + ratio))) - Math.log1p(ratio)) / 2
    // What (1 + r x) / (1 + x) must fall to, r = 1 / (1 + ratio), less 1: written so that large df cancel nothing.
    const fall = -Math.expm1((2 * Math.log(alpha) - Math.log1p(ratio)) / (df + 1))
    const room = ratio / (1 + ratio) - fall
    const reach = room > 0 ? Math.sqrt((df * fall) / room) * standardError : Infinity
    return { ...evidence(lnE), kind: 'inference', effect: value, ci: interval(value, reach, 'two-sided') }
  })
}

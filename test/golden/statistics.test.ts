import { readFileSync } from 'node:fs'
import { bernoulliEvidence, bernoulliInterval } from '@assay/stats/anytime/bernoulli'
import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import {
  groupSequential,
  groupSequentialBounds,
  obrienFleming,
  pocock,
  type Spending,
} from '@assay/stats/anytime/group-sequential'
import { linearTest } from '@assay/stats/anytime/linear'
import { poissonEvidence, poissonInterval } from '@assay/stats/anytime/poisson'
import { everyQuantileRanks, quantileRanks, stitchedReach } from '@assay/stats/anytime/quantile'
import { quantileDifference } from '@assay/stats/anytime/quantile-ab'
import { best } from '@assay/stats/bayes/best'
import { posterior } from '@assay/stats/bayes/posterior'
import { betBlock, blockBets } from '@assay/stats/canary/block-bets'
import { lnMean, lnNeeded } from '@assay/stats/canary/combine'
import { type EProcess, lnWealth } from '@assay/stats/canary/e-process'
import { betLikelihood, likelihood } from '@assay/stats/canary/likelihood'
import { lnSafety, noSafety, type Safety, safety } from '@assay/stats/canary/promote'
import { type Harm, harm, lnHarm, noHarm } from '@assay/stats/canary/rollback'
import { relative, type Stratum } from '@assay/stats/canary/stratum'
import { lnSuspicion, noSuspicion, resumed, type Suspicion, suspect } from '@assay/stats/canary/suspend'
import { difference } from '@assay/stats/effect/difference'
import type { Effect } from '@assay/stats/effect/effect'
import { lift } from '@assay/stats/effect/lift'
import { regression } from '@assay/stats/effect/regression'
import { cuped } from '@assay/stats/estimate/cuped'
import type { Estimate } from '@assay/stats/estimate/estimate'
import { mean } from '@assay/stats/estimate/mean'
import { postStratified } from '@assay/stats/estimate/post-stratification'
import { proportion } from '@assay/stats/estimate/proportion'
import { quantile } from '@assay/stats/estimate/quantile'
import { ratio } from '@assay/stats/estimate/ratio'
import { equivalence } from '@assay/stats/fixed/equivalence'
import { fieller } from '@assay/stats/fixed/fieller'
import { nonInferiority } from '@assay/stats/fixed/non-inferiority'
import { tTest } from '@assay/stats/fixed/t-test'
import { twoProportions } from '@assay/stats/fixed/two-proportions'
import { crossover } from '@assay/stats/health/crossover'
import { imbalance } from '@assay/stats/health/imbalance'
import { sampleRatio } from '@assay/stats/health/sample-ratio'
import { sequentialSampleRatio } from '@assay/stats/health/sequential-sample-ratio'
import { agreeingInterval } from '@assay/stats/multiplicity/agreeing-interval'
import { benjaminiHochberg } from '@assay/stats/multiplicity/benjamini-hochberg'
import { bonferroni } from '@assay/stats/multiplicity/bonferroni'
import { eBenjaminiHochberg } from '@assay/stats/multiplicity/e-bh'
import { holm } from '@assay/stats/multiplicity/holm'
import type { None } from '@assay/stats/none'
import { equivalencePower } from '@assay/stats/planning/equivalence'
import { mde } from '@assay/stats/planning/mde'
import { spreadOf } from '@assay/stats/planning/metric'
import { power } from '@assay/stats/planning/power'
import { sampleSize } from '@assay/stats/planning/sample-size'
import { lnNormalTail, normalQuantile } from '@assay/stats/tail/normal'
import { lnStudentTail, studentQuantile } from '@assay/stats/tail/student'
import { powerSpending } from '@assay/stats/testkit/spending'
import { describe, expect, test } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: each method's inputs have a shape of their own.
type Inputs = any
type Run = (inputs: Inputs) => unknown

interface Case {
  readonly id: string
  readonly method: string
  readonly inputs: Inputs
  readonly expected: Record<string, unknown>
}

/** Effects of means carry their standard error into the answer, so that the cases hold both. */
const tested =
  (compare: typeof difference): Run =>
  ({ control, treatment, ...options }) => {
    const effect = compare(mean(control), mean(treatment))
    return { ...effect, ...tTest(effect, options) }
  }

const within = (ci: readonly [number, number] | None) => ('kind' in ci ? ci : { ci })

const known = (effect: Inputs): Effect => ({ kind: 'effect', df: Infinity, n: Infinity, ...effect })

const estimated = (estimate: Inputs): Estimate => ({ kind: 'estimate', df: Infinity, n: Infinity, ...estimate })

const estimatedBoth = ({ control, treatment }: Inputs) => ({
  control: estimated(control),
  treatment: estimated(treatment),
})

const spendings: Record<string, Spending> = { obrienFleming, pocock, cubic: powerSpending(3) }

const spent = (options: Inputs) =>
  options.spending === undefined ? options : { ...options, spending: spendings[options.spending] }

const spread = (plan: Inputs) =>
  spreadOf(plan.variance === 'binary' ? { ...plan, variance: (rate: number) => rate * (1 - rate) } : plan)

/** What an e-process is worth after a history of relative evidence. */
function wealth(before: EProcess, bet: typeof betBlock, strata: readonly Stratum[], limits: Inputs) {
  return { lnE: lnWealth(strata.reduce((process, s) => bet(process, relative(s, limits)), before)) }
}

/** Losses in the greatest standard error, to which their error is relative. */
const standings: Run = ({ branches }) => {
  const unit = Math.sqrt(Math.max(...branches.map((b: Inputs) => b.variance)))
  const found = best(branches.map(estimated))
  if ('kind' in found) return found
  return { standings: found.map((s) => ({ ...s, lossInErrors: s.expectedLoss / unit })) }
}

const methods: Record<string, Run> = {
  lnNormalTail: ({ z }) => ({ ln: lnNormalTail(z) }),
  normalQuantile: ({ tail }) => ({ quantile: normalQuantile(tail) }),
  lnStudentTail: ({ t, df }) => ({ ln: lnStudentTail(t, df) }),
  studentQuantile: ({ tail, df }) => ({ quantile: studentQuantile(tail, df) }),
  difference: tested(difference),
  lift: tested(lift),
  sampleRatio: ({ observed, weights }) => sampleRatio(observed, weights),
  sequentialSampleRatio: ({ phases, concentration }) => sequentialSampleRatio(phases, concentration),
  bernoulliEvidence: ({ successes, n, p, tuning }) => bernoulliEvidence(successes, n, p, tuning),
  bernoulliInterval: ({ successes, n, tuning }) => within(bernoulliInterval(successes, n, tuning)),
  poissonEvidence: ({ count, rate, tuning }) => poissonEvidence(count, rate, tuning),
  poissonInterval: ({ count, tuning }) => within(poissonInterval(count, tuning)),
  quantileRanks: ({ p, n, tuning }) => ({ ranks: quantileRanks(p, n, tuning) }),
  everyQuantileRanks: ({ p, n, tuning }) => ({ ranks: everyQuantileRanks(p, n, tuning) }),
  stitchedReach: ({ p, n, tuning }) => ({ reach: stitchedReach(p, n, tuning) }),
  quantileDifference: ({ control, treatment, p, tuning }) => quantileDifference(control, treatment, p, tuning),
  confidenceSequence: ({ effect, ...options }) => confidenceSequence(known(effect), options),
  linearTest: ({ effect, ...options }) => linearTest(known(effect), options),
  proportion: ({ n, successes }) => proportion(n, successes),
  quantile: ({ ranks, values, events, share }) => quantile(ranks, values, events, estimated(share)),
  crossover: ({ phases, tuning }) => crossover(phases, tuning),
  imbalance: ({ covariates }) => {
    const pairs = covariates.map((pair: Inputs[]) => pair.map(estimated))
    return { lnP: imbalance(pairs).map((covariate) => covariate.lnP) }
  },
  equivalencePower: ({ n, effect, margin, plan, alpha }) => ({
    power: equivalencePower(n, effect, margin, spread(plan), alpha),
  }),
  ratio: ({ joint }) => ratio(joint),
  regression: ({ control, treatment }) => regression(control, treatment),
  cuped: ({ control, treatment }) => cuped(control, treatment),
  postStratified: ({ strata }) => postStratified(strata.map(estimatedBoth)),
  equivalence: ({ effect, limits, alpha }) => equivalence(known(effect), limits, alpha),
  nonInferiority: ({ effect, margin, ...options }) => nonInferiority(known(effect), margin, options),
  fieller: ({ control, treatment, alpha }) => fieller(estimated(control), estimated(treatment), { alpha }),
  twoProportions: ({ control, treatment, ...options }) => twoProportions(control, treatment, options),
  betLikelihood: ({ strata, limits }) => wealth(likelihood, betLikelihood, strata, limits),
  betBlock: ({ strata, limits }) => wealth(blockBets, betBlock, strata, limits),
  lnSuspicion: ({ strata, limits, resumed: isResumed }) => {
    const closed = (suspicion: Suspicion, requests: Stratum) => suspect(suspicion, { requests }, limits)
    return { lnE: lnSuspicion(strata.reduce(closed, isResumed ? resumed : noSuspicion)) }
  },
  lnHarm: ({ strata, limits }) => {
    const closed = (h: Harm, block: Stratum) => harm(h, { requests: block, users: block, block }, limits)
    return { lnE: lnHarm(strata.reduce(closed, noHarm)) }
  },
  lnSafety: ({ strata, limits, full }) => {
    const closed = (s: Safety, block: Stratum) => safety(s, { requests: block, users: block, block }, limits)
    return { lnE: lnSafety(strata.reduce(closed, noSafety), full) }
  },
  lnMean: ({ values, weights }) => ({ lnE: lnMean(values, weights) }),
  lnNeeded: ({ level, attempt }) => ({ lnE: lnNeeded(level, attempt) }),
  groupSequentialBounds: ({ information, ...options }) => {
    const found = groupSequentialBounds(information, spent(options))
    return 'kind' in found ? found : { upper: found.map((b) => b.upper) }
  },
  groupSequential: ({ effect, information, ...options }) => groupSequential(known(effect), information, spent(options)),
  power: ({ design, n, effect, plan }) => ({ power: power(spent(design), n, effect, spread(plan)) }),
  sampleSize: ({ design, effect, plan, target }) => ({ n: sampleSize(spent(design), effect, spread(plan), target) }),
  mde: ({ design, n, plan, target }) => ({ effect: mde(spent(design), n, spread(plan), target) }),
  posterior: ({ effect, ...options }) => posterior(known(effect), options),
  best: standings,
  holm: ({ values }) => ({ lnP: holm(values) }),
  benjaminiHochberg: ({ values }) => ({ lnP: benjaminiHochberg(values) }),
  bonferroni: ({ values }) => ({ lnP: bonferroni(values) }),
  eBenjaminiHochberg: ({ values }) => ({ lnP: eBenjaminiHochberg(values) }),
  agreeingInterval: ({ effect, lnP, alpha }) => ({ ci: agreeingInterval(effect, lnP, alpha) }),
}

/** Sizes below which an answer's error is no longer relative, and why. All else is held to 1e-9 of its own size. */
const floors: Record<string, number> = {
  // Logarithms of p and of e: an absolute error is the relative one of what they are logarithms of.
  lnP: 1,
  lnE: 1,
  // Chances and losses come from one quadrature, whose error is absolute: 1e-10 of 1 and of the greatest standard error.
  chanceToBeBest: 0.1,
  lossInErrors: 0.1,
}

const number = (x: unknown) => (typeof x === 'string' ? Number(x) : (x as number))

/** Largest error allowed between 1 and an infinite relative one; an interval's ends are held to the interval's own size. */
function errors(found: unknown, expected: unknown, key: string, centre: number): number[] {
  if (Array.isArray(expected) && key === 'ci') {
    const [low, high] = expected.map(number) as [number, number]
    const half = Number.isFinite(high - low) ? (high - low) / 2 : Number.isFinite(low) ? centre - low : high - centre
    return [low, high].map((end, i) => error((found as number[])[i]!, end, Math.abs(end) + half))
  }
  if (Array.isArray(expected)) return expected.flatMap((e, i) => errors((found as unknown[])[i], e, key, centre))
  if (expected !== null && typeof expected === 'object') {
    const parts = expected as Record<string, unknown>
    return Object.entries(parts).flatMap(([k, e]) =>
      errors((found as Record<string, unknown>)[k], e, k, number(parts.effect)),
    )
  }
  if (expected === null) return [found === null ? 0 : Infinity]
  const value = number(expected)
  return [error(found as number, value, Math.max(floors[key] ?? 0, Math.abs(value)))]
}

const error = (found: number, expected: number, scale: number) =>
  found === expected ? 0 : Math.abs(found - expected) / scale

const cases: Case[] = JSON.parse(readFileSync(new URL('statistics.json', import.meta.url), 'utf8'))

test('the golden values are of at least 300 cases, of exactly the methods held against them', () => {
  expect(cases.length).toBeGreaterThanOrEqual(300)
  expect([...new Set(cases.map((c) => c.method))].sort()).toEqual(Object.keys(methods).sort())
})

describe.each(Object.entries(methods))('%s', (method, run) => {
  test.each(cases.filter((c) => c.method === method))('$id', ({ inputs, expected }) => {
    const found = run(inputs)
    if ('none' in expected) expect(found).toMatchObject({ kind: 'none', reason: expected.none })
    else {
      const worst = Math.max(...errors(found, expected, '', 0))
      expect(worst, `${JSON.stringify(found)} against ${JSON.stringify(expected)}`).toBeLessThan(1e-9)
    }
  })
})

import { difference } from '@assay/stats/effect/difference'
import { lift } from '@assay/stats/effect/lift'
import { type Cuped, cuped } from '@assay/stats/estimate/cuped'
import type { Estimate } from '@assay/stats/estimate/estimate'
import { mean } from '@assay/stats/estimate/mean'
import { type PostStratified, postStratified } from '@assay/stats/estimate/post-stratification'
import { proportion } from '@assay/stats/estimate/proportion'
import { type Around, clusteredRanks, quantile } from '@assay/stats/estimate/quantile'
import { ratio } from '@assay/stats/estimate/ratio'
import { equivalence } from '@assay/stats/fixed/equivalence'
import { type Fieller, fieller } from '@assay/stats/fixed/fieller'
import { nonInferiority } from '@assay/stats/fixed/non-inferiority'
import { tTest } from '@assay/stats/fixed/t-test'
import { twoProportions } from '@assay/stats/fixed/two-proportions'
import type { Inference } from '@assay/stats/inference'
import { type Joint, jointFromRows } from '@assay/stats/joint'
import { fromValues, merge } from '@assay/stats/moments'
import { type None, none } from '@assay/stats/none'
import { normalQuantile } from '@assay/stats/tail/normal'
import { seeded } from '../support/random.js'
import { normal, type Random } from './anytime.js'
import { binomial, poisson } from './draw.js'

export interface Setting {
  readonly runs: number
  readonly seed: number
}

/** How often a method's intervals held the truth. */
export interface Tally {
  readonly runs: number
  /** Runs with an interval. */
  answered: number
  covered: number
  /** Sum of the widths of the intervals that end. */
  width: number
  ended: number
}

type Answer = Inference | None
export type Tallies = Record<string, Tally>

/** Runs a simulation whose every run gives, by method, an answer and the truth. */
function tally({ runs, seed }: Setting, run: (random: Random) => Record<string, readonly [Answer, number]>): Tallies {
  const random = seeded(seed)
  const tallies: Tallies = {}
  for (let i = 0; i < runs; i++)
    for (const [method, [answer, truth]] of Object.entries(run(random))) {
      tallies[method] ??= { runs, answered: 0, covered: 0, width: 0, ended: 0 }
      const t = tallies[method]
      if (answer.kind === 'none') continue
      t.answered++
      if (holds(answer, truth)) t.covered++
      const width = answer.ci[1] - answer.ci[0]
      if (width < Infinity) {
        t.width += width
        t.ended++
      }
    }
  return tallies
}

function holds(answer: Inference, truth: number): boolean {
  const excluded = (answer as Fieller & { excluded?: readonly [number, number] }).excluded
  if (excluded !== undefined) return !(truth > excluded[0] && truth < excluded[1])
  return answer.ci[0] <= truth && truth <= answer.ci[1]
}

const times = <T>(n: number, draw: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => draw(i))
const sample = (n: number, draw: () => number) => mean(fromValues(times(n, draw)))

/** Two means and the lift between them, of that distribution in both branches. */
export function means(
  setting: Setting,
  sizes: readonly [number, number],
  draw: (random: Random) => number,
  truth: number,
) {
  return tally(setting, (random) => {
    const [control, treatment] = sizes.map((n) => sample(n, () => truth + draw(random))) as [Estimate, Estimate]
    return { difference: [tTest(difference(control, treatment)), 0], lift: [tTest(lift(control, treatment)), 0] }
  })
}

/** Welch's case: the smaller branch has the greater spread. */
export const unequal = (setting: Setting) =>
  tally(setting, (random) => {
    const [control, treatment] = [sample(40, () => normal(random)), sample(10, () => 4 * normal(random))]
    return { difference: [tTest(difference(control, treatment)), 0] }
  })

export function proportions(setting: Setting, n: readonly [number, number], p: readonly [number, number]) {
  return tally(setting, (random) => {
    const [c, t] = [0, 1].map((i) => ({ n: n[i]!, successes: binomial(random, n[i]!, p[i]!) })) as [Trial, Trial]
    const plain = difference(proportion(c.n, c.successes), proportion(t.n, t.successes))
    return { score: [twoProportions(c, t), p[1] - p[0]], 't of proportions': [tTest(plain), p[1] - p[0]] }
  })
}
type Trial = { n: number; successes: number }

/** Clicks per view, where users differ in both how much they view and how readily they click. */
export function ratios(setting: Setting, users: number) {
  const branch = (random: Random) =>
    jointFromRows(
      times(users, () => {
        const views = 1 + poisson(random, 8 * random())
        return [binomial(random, views, random() ** 3), views]
      }),
    )
  const asIndependent = ({ n, means }: Joint) => proportion(means[1]! * n, means[0]! * n)
  return tally(setting, (random) => {
    const [control, treatment] = [branch(random), branch(random)]
    return {
      'delta method, difference': [tTest(difference(ratio(control), ratio(treatment))), 0],
      'delta method, lift': [tTest(lift(ratio(control), ratio(treatment))), 0],
      'clicks taken as independent': [tTest(difference(asIndependent(control), asIndependent(treatment))), 0],
    }
  })
}

/**
 * A treatment of 1.5 times a control that lies that many standard errors above 0; truth in the estimated control's
 * sign.
 */
export function nearZero(setting: Setting, distance: number) {
  const n = 50
  const level = distance / Math.sqrt(n)
  return tally(setting, (random) => {
    const control = sample(n, () => level + normal(random)) as Estimate
    const treatment = sample(n, () => 1.5 * level + normal(random))
    const truth = 0.5 * Math.sign(control.value)
    return { Fieller: [fieller(control, treatment), truth], 'delta method': [tTest(lift(control, treatment)), truth] }
  })
}

/** The p-quantile of events, log-normal between users and within them. */
export function quantiles(setting: Setting, users: number, p: number) {
  const estimates = (random: Random): { clustered: Estimate | None; independent: Estimate | None } => {
    const events = times(users, () => {
      const own = 0.7 * normal(random)
      return times(1 + poisson(random, 9), () => Math.exp(own + 0.7 * normal(random)))
    })
    const sorted = Float64Array.from(events.flat()).sort()
    const at = sorted[Math.ceil(p * sorted.length) - 1]!
    const joint = jointFromRows(events.map((own) => [own.filter((value) => value <= at).length, own.length]))
    const of = (share: Estimate | None) => {
      const ranks = clusteredRanks(p, sorted.length, share)
      if ('kind' in ranks) return ranks
      const read = (rank: number) => sorted[rank - 1]!
      const values: Around = { low: read(ranks.low), at: read(ranks.at), high: read(ranks.high) }
      return share.kind === 'none' ? none('insufficient') : quantile(ranks, values, sorted.length, share)
    }
    return { clustered: of(ratio(joint)), independent: of(proportion(sorted.length, Math.ceil(p * sorted.length))) }
  }
  const truth = Math.exp(Math.sqrt(0.98) * normalQuantile(1 - p))
  const alone = (e: Estimate | None) => tTest(difference({ ...exact, value: 0 }, e))
  const exact: Estimate = { kind: 'estimate', value: 0, variance: 0, df: Infinity, n: 0 }
  return tally(setting, (random) => {
    const [c, t] = [estimates(random), estimates(random)]
    return {
      'clustered, one branch': [alone(c.clustered), truth],
      'clustered, difference': [tTest(difference(c.clustered, t.clustered)), 0],
      'clustered, lift': [tTest(lift(c.clustered, t.clustered)), 0],
      'events taken as independent, difference': [tTest(difference(c.independent, t.independent)), 0],
    }
  })
}

/** A covariate of correlation 0.8 with the metric; a difference of 0.5 on a mean of 5. */
export function adjustedMeans(setting: Setting, users: readonly [number, number]) {
  const rows = (random: Random, n: number, shift: number) =>
    times(n, () => {
      const before = normal(random)
      return [5 + shift + 0.8 * before + 0.6 * normal(random), 10 + 3 * before]
    })
  return tally(setting, (random) => {
    const [a, b] = [rows(random, users[0], 0), rows(random, users[1], 0.5)]
    const c = cuped(jointFromRows(a), jointFromRows(b)) as Cuped
    const [control, treatment] = [a, b].map((r) => mean(fromValues(r.map((row) => row[0]!))))
    return {
      'CUPED, difference': [tTest(difference(c.control, c.treatment)), 0.5],
      'CUPED, lift': [tTest(c.lift), 0.1],
      'unadjusted, difference': [tTest(difference(control!, treatment!)), 0.5],
      'unadjusted, lift': [tTest(lift(control!, treatment!)), 0.1],
    }
  })
}

/** Clicks per view by users who click as readily before the test as in it. */
export function adjustedRatios(setting: Setting, users: number) {
  const branch = (random: Random) =>
    times(users, () => {
      const [heed, habit] = [random() ** 2, 8 * random()]
      const [views, before] = [1 + poisson(random, habit), 1 + poisson(random, habit)]
      return [binomial(random, views, heed), views, binomial(random, before, heed), before]
    })
  return tally(setting, (random) => {
    const [a, b] = [branch(random), branch(random)].map(jointFromRows) as [Joint, Joint]
    const c = cuped(a, b) as Cuped
    const plain = ({ n, means, co }: Joint) =>
      ratio({ n, means: means.slice(0, 2), co: co.slice(0, 2).map((line) => line.slice(0, 2)) })
    return {
      'CUPED, difference': [tTest(difference(c.control, c.treatment)), 0],
      'CUPED, lift': [tTest(c.lift), 0],
      'unadjusted, difference': [tTest(difference(plain(a), plain(b))), 0],
    }
  })
}

/** Four groups of users with means 1, 2, 4 and 7, whose effects differ and average 0.2. */
export function strata(setting: Setting, users: number) {
  const groups = [
    { share: 0.4, level: 1, effect: 0.1 },
    { share: 0.3, level: 2, effect: 0.2 },
    { share: 0.2, level: 4, effect: 0.3 },
    { share: 0.1, level: 7, effect: 0.4 },
  ]
  const effect = groups.reduce((sum, g) => sum + g.share * g.effect, 0)
  const level = groups.reduce((sum, g) => sum + g.share * g.level, 0)
  return tally(setting, (random) => {
    const values = groups.map(() => [[], []] as [number[], number[]])
    for (let i = 0; i < users; i++) {
      const at = random()
      const group = groups.findIndex(
        (_, g) => at < groups.slice(0, g + 1).reduce((sum, { share }) => sum + share, 1e-9),
      )
      const branch = random() < 0.5 ? 0 : 1
      values[group]![branch].push(groups[group]!.level + branch * groups[group]!.effect + normal(random))
    }
    return weighed(values, effect, effect / level)
  })
}

/** A ramp of 5, 25 and 50 % over three phases, the metric drifting from 3 to 5: no effect at all. */
export const ramp = (setting: Setting, users: number) =>
  tally(setting, (random) =>
    weighed(
      [0.05, 0.25, 0.5].map((weight, i) => {
        const draw = () => 3 + i + normal(random)
        const treated = binomial(random, users, weight)
        return [times(users - treated, draw), times(treated, draw)]
      }),
      0,
      0,
    ),
  )

function weighed(values: readonly [number[], number[]][], truth: number, share: number) {
  const moments = values.map((pair) => pair.map(fromValues))
  const cells = moments.map(([c, t]) => ({ control: mean(c!), treatment: mean(t!) }))
  const { control, treatment, covariance } = postStratified(cells) as PostStratified
  const [c, t] = [0, 1].map((i) => mean(moments.map((pair) => pair[i]!).reduce(merge)))
  return {
    'post-stratified, difference': [tTest(difference(control, treatment, covariance)), truth],
    'post-stratified, lift': [tTest(lift(control, treatment, covariance)), share],
    'pooled, difference': [tTest(difference(c!, t!)), truth],
  } as const
}

/** The truth on the margin, where a test errs most: covered where it rightly does not call that within the margin. */
export const margins = (setting: Setting, users: number) =>
  tally(setting, (random) => {
    const [control, treatment] = [0, -0.2].map((level) => sample(users, () => level + normal(random)))
    const effect = difference(control!, treatment!)
    const verdict = (answer: Answer): readonly [Answer, number] => {
      const end = answer.kind === 'inference' && answer.pValue < 0.05 ? Infinity : -Infinity
      return [answer.kind === 'none' ? answer : { ...answer, ci: [end, Infinity] }, 0]
    }
    return {
      'non-inferiority by 0.2': verdict(nonInferiority(effect, 0.2)),
      'equivalence within 0.2': verdict(equivalence(effect, [-0.2, 0.2])),
    }
  })

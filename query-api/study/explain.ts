import type { Definitions } from '@assay/core/control/definitions'
import { type Ask, study } from '@assay/moments/study'
import { difference } from '@assay/stats/effect/difference'
import { compare, widened } from '../analysis/comparison.js'
import { estimateOf, inPhase, type Pair, pairOf, type Sample } from '../analysis/estimates.js'
import { phasesWith } from '../analysis/metric-results.js'
import type { Answer } from '../analysis/reply.js'
import type { SnapshotRow } from '../analysis/snapshot.js'
import type { AskedMetric, Subject } from '../analysis/subject.js'
import type { Reads } from '../reads.js'
import type { Explained } from './reply.js'
import { type Asked, asSnapshot, planned, studyOf, subjectNow } from './subject-now.js'

/** What each number of the reply follows from; the sources are in docs/statistics.md. */
const formulas = [
  'moments: the rows of the statements; users without any of the events count as zeros, and slices add up',
  'estimate: mean of the users’ number, variance = Σ(x − mean)² / (n − 1) / n; of a ratio R = mean(a) / mean(b), variance = Var(a − R b) / (n mean(b)²); of a quantile by the ranks of its values',
  'theta = co-moment of number and past / co-moment of the past, of all users of both branches as one; adjusted: the treatment less theta × (its past − the control’s), each with the variance of number − theta × past',
  'share of a phase = its users / all users; value = Σ share × value, variance = Σ share² × variance + the variance of the shares',
  'effect = treatment − control; standardError = √(variance of the one + variance of the other − 2 covariance)',
  'ci = effect ± critical × standardError; fixed: critical is the quantile 1 − alpha / 2 of Student’s t at df; any-time: that of the confidence sequence at so many users, over the pooled variance where that is the wider',
]

/** A metric of a test, worked out now, with all that it was worked out from. */
export async function readExplained(
  ask: Ask,
  reads: Reads,
  definitions: Definitions,
  asked: Asked,
  now: number,
): Promise<Explained> {
  const subject = await subjectNow(reads, definitions, asked, now)
  const one = subject.metrics[0]!
  const statements: Explained['statements'] = []
  const recording: Ask = async <Row>(sql: string) => {
    const rows = await ask<Row>(sql)
    statements.push({ sql, rows: rows as never })
    return rows
  }
  const [plan] = planned({ ...subject, metrics: [one] })
  const rows = asSnapshot(await study(recording, studyOf(subject, [plan!], now)), now)
  const own = rows.filter(({ event }) => event === one.event)
  const branches = [...new Set(own.map(({ branch }) => branch))].filter((branch) => branch !== subject.control)
  return {
    ...{ app: asked.app, testId: asked.testId },
    asOf: new Date(now).toISOString(),
    ...{ control: subject.control, decision: subject.decision },
    metric: { ...one.metric },
    statements,
    moments: own.map(momentsOf),
    comparisons: branches.map((branch) => comparisonOf(subject, one, branch, own)),
    formulas,
  }
}

const momentsOf = ({ phase, branch, users, converted, sum, means, comoments, cap }: SnapshotRow) => ({
  ...{ phase, branch, users, converted, sum, means, comoments, cap },
})

function comparisonOf({ control, decision }: Subject, { metric }: AskedMetric, branch: string, rows: SnapshotRow[]) {
  const phases = phasesWith(rows, control, branch)
  const pair = pairOf(metric, phases)
  const { fixed, anytime } = compare(pair, metric.direction, decision)
  const effect = difference(pair.control, pair.treatment, pair.covariance)
  const users = phases.reduce((sum, [c, t]) => sum + c.users + t.users, 0)
  return {
    branch,
    phases: phases.map(([c, t]) => {
      const { theta, control, treatment } = inPhase(metric, c, t)
      return {
        phase: c.phase,
        share: (c.users + t.users) / users,
        control: shownAs(estimateOf(metric, c)),
        treatment: shownAs(estimateOf(metric, t)),
        theta,
        adjusted: { control: shownAs(control), treatment: shownAs(treatment) },
      }
    }),
    effect: effect.value,
    standardError: standardErrorOf(pair),
    df: effect.kind === 'effect' && Number.isFinite(effect.df) ? effect.df : null,
    fixed: { critical: criticalOf(fixed, standardErrorOf(pair)), ...fixed },
    anytime: { critical: criticalOf(anytime, standardErrorOf(widened(pair))), ...anytime },
  }
}

const shownAs = (sample: Sample) =>
  sample.kind === 'none'
    ? { value: sample.value, variance: null, n: null }
    : { value: sample.value, variance: sample.variance, n: sample.n }

function standardErrorOf({ control, treatment, covariance }: Pair): number | null {
  const effect = difference(control, treatment, covariance)
  return effect.kind === 'none' ? null : effect.standardError
}

/** How many standard errors an interval reaches to each side. */
const criticalOf = ({ ci }: Answer, standardError: number | null) =>
  ci === null || standardError === null ? null : (ci[1] - ci[0]) / 2 / standardError

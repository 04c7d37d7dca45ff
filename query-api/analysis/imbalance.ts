import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import type { Effect } from '@assay/stats/effect/effect'
import { mean } from '@assay/stats/estimate/mean'
import { pooledIfWider } from '@assay/stats/estimate/pooled'
import { postStratified } from '@assay/stats/estimate/post-stratification'
import { tTest } from '@assay/stats/fixed/t-test'
import { imbalance } from '@assay/stats/health/imbalance'
import { type None, none } from '@assay/stats/none'
import type { Sample } from './estimates.js'
import type { Results } from './reply.js'
import type { SnapshotRow } from './snapshot.js'
import type { AskedMetric, Subject } from './subject.js'

/** Below this, adjusted for all metrics and branches, users differed before they were exposed. */
const ALPHA = 0.01

/** What users did before their exposure, branch against control, for each metric that looks back. */
export function imbalanceOf(subject: Subject, rows: readonly SnapshotRow[]): Results['imbalance'] {
  const questions = subject.metrics.flatMap((metric) => questionsOf(metric, subject.control, rows))
  const { method, plannedUsers } = subject.decision
  const infer = (effect: Effect | None) =>
    method === 'any-time' ? confidenceSequence(effect, { alpha: ALPHA, planned: plannedUsers }) : tTest(effect)
  const found = imbalance(
    questions.map(({ control, treatment }) => pooledIfWider(control, treatment)),
    infer,
  )
  return questions.flatMap(({ metric, branch }, i) => {
    const { lnP } = found[i]!
    return lnP === null ? [] : [{ metric, branch, pValue: Math.exp(lnP), ok: lnP >= Math.log(ALPHA) }]
  })
}

interface Question {
  metric: string
  branch: string
  control: Sample
  treatment: Sample
}

function questionsOf({ metric, event }: AskedMetric, control: string, rows: readonly SnapshotRow[]): Question[] {
  const own = rows.filter((row) => row.event === event && pastOf(row) !== null)
  const of = (branch: string) => own.filter((row) => row.branch === branch)
  const others = [...new Set(own.map(({ branch }) => branch))].filter((branch) => branch !== control)
  return others.map((branch) => {
    const strata = of(control).flatMap((row) => {
      const other = of(branch).find(({ phase }) => phase === row.phase)
      return other === undefined ? [] : [{ control: pastOf(row)!, treatment: pastOf(other)! }]
    })
    const whole = strata.length === 1 ? strata[0]! : postStratified(strata)
    const pair = 'reason' in whole ? { control: none('insufficient'), treatment: none('insufficient') } : whole
    return { metric: metric.name, branch, control: pair.control, treatment: pair.treatment }
  })
}

/** Mean of the first of a user's numbers from before; null where there are none, or all are 0. */
function pastOf({ users, means, comoments }: SnapshotRow): Sample | null {
  const half = means.length / 2
  if (half !== 1 && half !== 2) return null
  // In the upper triangle of k lines, the diagonal's place of line i.
  const place = (half * (2 * means.length - half + 1)) / 2
  const m2 = comoments[place]!
  return m2 === 0 ? null : mean({ n: users, mean: means[half]!, m2 })
}

import { holm } from '@assay/stats/multiplicity/holm'
import { branchesOf, usersByPhase } from './arms.js'
import { crossoverOf } from './crossover.js'
import { decidingOf } from './deciding.js'
import { identifiedOf } from './identified.js'
import { imbalanceOf } from './imbalance.js'
import { metricResults, type Options } from './metric-results.js'
import type { Results } from './reply.js'
import { sampleRatioOf } from './sample-ratio.js'
import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'
import { verdictOf } from './verdict.js'
import { warningsOf } from './warnings.js'

/** The results of a test from one snapshot of its moments. */
export function resultsOf(subject: Subject, rows: readonly SnapshotRow[], options: Options): Results {
  const phases = usersByPhase(subject, rows)
  const present = subject.metrics.filter(({ event }) => rows.some((row) => row.event === event))
  const found: Omit<Results, 'warnings' | 'verdict'> = {
    app: subject.app,
    testId: subject.testId,
    asOf: new Date(rows[0]!.asOf).toISOString(),
    ...(subject.definition && { definition: subject.definition }),
    control: subject.control,
    decision: subject.decision,
    branches: branchesOf(subject, phases),
    phases: phases.map(({ phase, users }) => ({ ...spanOf(subject, phase), users })),
    srm: sampleRatioOf(phases, subject.decision),
    crossover: crossoverOf(phases, subject.decision),
    identified: identifiedOf(rows),
    imbalance: imbalanceOf(subject, rows),
    metrics: adjusted(present.map((metric) => metricResults(subject, metric, rows, options))),
  }
  const warnings = warningsOf(found, subject, rows)
  return { ...found, warnings, verdict: verdictOf(found, subject.isChosen) }
}

function spanOf({ phases, weights }: Subject, phase: number) {
  const known = phases.find(({ version }) => version === phase)
  const time = (ms: number | null | undefined) => (ms == null ? null : new Date(ms).toISOString())
  return { phase, from: time(known?.from), to: time(known?.to), weights: known?.weights ?? weights }
}

/** With p-values for as many questions as metrics and branches ask at once; guardrails are questions of their own. */
export function adjusted(metrics: Results['metrics']): Results['metrics'] {
  const asked = metrics.filter(({ role }) => role === 'metric').flatMap(({ comparisons }) => comparisons)
  const lnPs = holm(asked.map((comparison) => decidingOf(comparison).lnP))
  const byComparison = new Map(asked.map((comparison, i) => [comparison, lnPs[i]!]))
  return metrics.map((metric) => ({
    ...metric,
    comparisons: metric.comparisons.map((comparison) => {
      const lnP = byComparison.get(comparison)
      return lnP == null ? comparison : { ...comparison, adjusted: { pValue: Math.exp(lnP), lnP } }
    }),
  }))
}

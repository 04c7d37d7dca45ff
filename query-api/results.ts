import type { MetricDefinition } from '@assay/core/definition/metric'
import { automaticTest } from '@assay/core/definition/test'
import { AssayError } from '@assay/core/errors'
import { difference } from '@assay/stats/effect/difference'
import { lift } from '@assay/stats/effect/lift'
import { mean as meanOf } from '@assay/stats/estimate/mean'
import { tTest } from '@assay/stats/fixed/t-test'
import { fromBinary, type Moments, variance } from '@assay/stats/moments'
import { sampleRatio } from '@assay/stats/sample-ratio'
import type { Comparison, Metric, Results } from './schemas.js'
import type { SnapshotRow } from './snapshot.js'
import { shown } from './validate.js'
import { warningsOf } from './warnings.js'

const ALPHA = 0.05
/** Below this the shares of users are not what was meant, and no comparison can be trusted. */
const SRM_ALPHA = 0.01

/** The results of a test from one snapshot of its moments. @throws AssayError `branch-not-found` for an unknown control. */
export function resultsOf(app: string, testId: string, rows: readonly SnapshotRow[], askedControl?: string): Results {
  const users = rows.filter((r) => r.event === '')
  const branches = users.map(({ branch, users }) => ({ branch, users }))
  const events = [...new Set(rows.map((r) => r.event))].filter((event) => event !== '')
  const names = branches.map((b) => b.branch)
  const definition = automaticTest(names, events)
  const control = askedControl === undefined ? definition.control : known(names, askedControl)
  const { chiSquared, pValue } = sampleRatio(
    branches.map((b) => b.users),
    definition.branches.map((b) => b.weight),
  )
  const results: Results = {
    app,
    testId,
    asOf: new Date(rows[0]!.asOf).toISOString(),
    control,
    branches,
    srm: { chiSquared, pValue, ok: pValue >= SRM_ALPHA },
    crossover: { users: users.reduce((sum, r) => sum + r.crossover, 0) },
    metrics: definition.metrics.map((metric) => {
      const samples = rows.filter((r) => r.event === metric.event).map((r) => sampleOf(metric, r))
      return metricOf(metric, samples, control)
    }),
    warnings: [],
  }
  const inferred = users.some((r) => r.inferred === 1)
  return { ...results, warnings: warningsOf(results, inferred) }
}

function known(branches: readonly string[], asked: string): string {
  if (branches.includes(asked)) return asked
  throw new AssayError(
    'branch-not-found',
    `Expected control to be one of ${branches.join(', ')}; ${shown(asked)} came.`,
  )
}

interface Sample {
  branch: string
  moments: Moments
  sum: number
}

function sampleOf({ kind }: MetricDefinition, { branch, users, converted, mean, m2, sum }: SnapshotRow): Sample {
  return kind === 'conversion'
    ? { branch, moments: fromBinary(users, converted), sum: converted }
    : { branch, moments: { n: users, mean, m2 }, sum }
}

function metricOf(
  { name, event, kind, direction }: MetricDefinition,
  samples: readonly Sample[],
  control: string,
): Metric {
  const baseline = samples.find((s) => s.branch === control)!
  return {
    name,
    event,
    kind,
    branches: samples.map(({ branch, moments, sum }) => {
      const spread = variance(moments)
      return { branch, users: moments.n, mean: moments.mean, stddev: spread === null ? null : Math.sqrt(spread), sum }
    }),
    comparisons: samples.filter((s) => s !== baseline).map((s) => compare(baseline, s, direction)),
  }
}

function compare(control: Sample, treatment: Sample, direction: MetricDefinition['direction']): Comparison {
  const { branch } = treatment
  const [baseline, candidate] = [meanOf(control.moments), meanOf(treatment.moments)]
  const result = tTest(difference(baseline, candidate), { alpha: ALPHA })
  if (result.kind === 'none') {
    const none = { ci: null, relative: null, relativeCi: null, pValue: null }
    return { branch, method: 'welch', effect: result.value, ...none, verdict: 'inconclusive', reason: result.reason }
  }
  const { effect, ci, pValue } = result
  const relative = tTest(lift(baseline, candidate), { alpha: ALPHA })
  const shares =
    relative.kind === 'none'
      ? { relative: null, relativeCi: null }
      : { relative: relative.effect, relativeCi: [...relative.ci] as [number, number] }
  const verdict = pValue >= ALPHA ? 'inconclusive' : effect > 0 === (direction === 'up') ? 'better' : 'worse'
  return { branch, method: 'welch', effect, ci: [...ci] as [number, number], ...shares, pValue, verdict }
}

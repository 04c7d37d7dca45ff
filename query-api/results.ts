import type { DecisionDefinition } from '@assay/core/definition/decision'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { automaticTest, type TestDefinition } from '@assay/core/definition/test'
import { AssayError } from '@assay/core/errors'
import { mean as meanOf } from '@assay/stats/estimate/mean'
import { sampleRatio } from '@assay/stats/health/sample-ratio'
import { sequentialSampleRatio } from '@assay/stats/health/sequential-sample-ratio'
import { fromBinary, type Moments, variance } from '@assay/stats/moments'
import { compare } from './comparison.js'
import type { Metric, Results } from './schemas.js'
import type { SnapshotRow } from './snapshot.js'
import { shown } from './validate.js'
import { warningsOf } from './warnings.js'

/** Below this the shares of users are not what was meant, and no comparison can be trusted. */
const SRM_ALPHA = 0.01

export interface Asked {
  app: string
  testId: string
  /** Whether all that is known of it was imported. */
  imported: boolean
}

/** The results of a test from one snapshot of its moments. @throws AssayError `branch-not-found` for an unknown control. */
export function resultsOf(asked: Asked, rows: readonly SnapshotRow[], askedControl?: string): Results {
  const { app, testId, imported } = asked
  const users = rows.filter((r) => r.event === '')
  const branches = users.map(({ branch, users }) => ({ branch, users }))
  const events = [...new Set(rows.map((r) => r.event))].filter((event) => event !== '')
  const names = branches.map((b) => b.branch)
  const definition = automaticTest(names, events, imported)
  const control = askedControl === undefined ? definition.control : known(names, askedControl)
  const results: Results = {
    app,
    testId,
    asOf: new Date(rows[0]!.asOf).toISOString(),
    control,
    decision: definition.decision,
    branches,
    srm: srmOf(branches, definition),
    crossover: { users: users.reduce((sum, r) => sum + r.crossover, 0) },
    metrics: definition.metrics.map((metric) => {
      const samples = rows.filter((r) => r.event === metric.event).map((r) => sampleOf(metric, r))
      return metricOf(metric, samples, control, definition.decision)
    }),
    warnings: [],
  }
  const inferred = users.some((r) => r.inferred === 1)
  return { ...results, warnings: warningsOf(results, inferred) }
}

function srmOf(branches: Results['branches'], definition: TestDefinition): Results['srm'] {
  const users = branches.map((b) => b.users)
  const weights = definition.branches.map((b) => b.weight)
  const { chiSquared, pValue } = sampleRatio(users, weights)
  const anytime = sequentialSampleRatio([{ users, weights }])
  const deciding = definition.decision.method === 'any-time' ? anytime : { pValue }
  return {
    chiSquared,
    pValue,
    anytime: { pValue: anytime.pValue, lnP: anytime.lnP },
    ok: deciding.pValue >= SRM_ALPHA,
  }
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
  decision: DecisionDefinition,
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
    comparisons: samples
      .filter((s) => s !== baseline)
      .map((s) => ({
        branch: s.branch,
        ...compare(meanOf(baseline.moments), meanOf(s.moments), direction, decision),
      })),
  }
}

import { AssayError } from '@assay/core/errors'
import { fromBinary, type Moments, variance } from '@assay/stats/moments'
import { sampleRatio } from '@assay/stats/sample-ratio'
import { welch } from '@assay/stats/welch'
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
  const control = chooseControl(
    users.map((r) => r.branch),
    askedControl,
  )
  const branches = users.map(({ branch, users }) => ({ branch, users }))
  const events = [...new Set(rows.map((r) => r.event))].filter((event) => event !== '')
  const counts = branches.map((b) => b.users)
  // Until a test has a definition its branches are taken to be meant equal.
  const { chiSquared, pValue } = sampleRatio(
    counts,
    counts.map(() => 1),
  )
  const results: Results = {
    app,
    testId,
    asOf: new Date(rows[0]!.asOf).toISOString(),
    control,
    branches,
    srm: { chiSquared, pValue, ok: pValue >= SRM_ALPHA },
    crossover: { users: users.reduce((sum, r) => sum + r.crossover, 0) },
    metrics: events.flatMap((event) => {
      const of = rows.filter((r) => r.event === event)
      return [conversion(event, of, control), valuePerUser(event, of, control)]
    }),
    warnings: [],
  }
  const inferred = users.some((r) => r.inferred === 1)
  return { ...results, warnings: warningsOf(results, inferred) }
}

function chooseControl(branches: readonly string[], asked?: string): string {
  if (asked !== undefined && !branches.includes(asked)) {
    throw new AssayError(
      'branch-not-found',
      `Expected control to be one of ${branches.join(', ')}; ${shown(asked)} came.`,
    )
  }
  return asked ?? ['master', 'control'].find((name) => branches.includes(name)) ?? [...branches].sort()[0]!
}

interface Sample {
  branch: string
  moments: Moments
  sum: number
}

function conversion(event: string, rows: readonly SnapshotRow[], control: string): Metric {
  const samples = rows.map((r) => ({ branch: r.branch, moments: fromBinary(r.users, r.converted), sum: r.converted }))
  return { name: `${event} conversion`, event, kind: 'conversion', ...compared(samples, control) }
}

function valuePerUser(event: string, rows: readonly SnapshotRow[], control: string): Metric {
  const samples = rows.map((r) => ({ branch: r.branch, moments: { n: r.users, mean: r.mean, m2: r.m2 }, sum: r.sum }))
  return { name: `${event} per user`, event, kind: 'value', ...compared(samples, control) }
}

function compared(samples: readonly Sample[], control: string): Pick<Metric, 'branches' | 'comparisons'> {
  const baseline = samples.find((s) => s.branch === control)!
  return {
    branches: samples.map(({ branch, moments, sum }) => {
      const spread = variance(moments)
      return { branch, users: moments.n, mean: moments.mean, stddev: spread === null ? null : Math.sqrt(spread), sum }
    }),
    comparisons: samples.filter((s) => s !== baseline).map((s) => compare(baseline, s)),
  }
}

function compare(control: Sample, treatment: Sample): Comparison {
  const { branch } = treatment
  const result = welch(control.moments, treatment.moments, { alpha: ALPHA })
  if (result.kind === 'none') {
    const none = { ci: null, relative: null, relativeCi: null, pValue: null }
    return { branch, method: 'welch', effect: result.effect, ...none, verdict: 'inconclusive', reason: result.reason }
  }
  const { effect, ci, pValue } = result
  // Against a control's mean next to 0 the lift passes the largest double.
  const relative = Number.isFinite(result.relative) ? result.relative : null
  const relativeCi = result.relativeCi?.every(Number.isFinite) ? result.relativeCi : null
  // More is better, until metrics have a direction.
  const verdict = pValue >= ALPHA ? 'inconclusive' : effect > 0 ? 'better' : 'worse'
  return { branch, method: 'welch', effect, ci, relative, relativeCi, pValue, verdict }
}

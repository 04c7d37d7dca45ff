import type { Definitions } from '@assay/core/control/definitions'
import { computationOf } from '@assay/core/definition/measure'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { AssayError } from '@assay/core/errors'
import { firstSeen } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import { squareOf } from '@assay/core/store/triangle'
import type { PlannedMetric } from '@assay/moments/plan'
import { type Ask, study } from '@assay/moments/study'
import { metricResults } from '../analysis/metric-results.js'
import { adjusted } from '../analysis/results.js'
import type { SnapshotRow } from '../analysis/snapshot.js'
import type { AskedMetric, Subject } from '../analysis/subject.js'
import type { Reads } from '../reads.js'
import { shown } from '../validate.js'
import type { Novelty } from './reply.js'
import { type Asked, asSnapshot, studyOf, subjectNow } from './subject-now.js'

const DAY = 86_400_000
/** Where stretches of days after the exposure begin and end: days of the first week, then weeks, then months. */
const EDGES = [0, 1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 56, 84, 112]
/** Days of the longest early and late part that are compared. */
const MOST_HALF = 14

const options = { bayes: false, usersPerDay: null, looks: [] }

type Windowed = Extract<MetricDefinition, { kind: 'conversion' | 'count' | 'sum' | 'mean' | 'ratio' | 'quantile' }>
type Summed = Extract<MetricDefinition, { kind: 'conversion' | 'count' | 'sum' }>

/** A metric's effect by days since the exposure: whether it wears off, or grows as users learn. */
export async function readNovelty(
  ask: Ask,
  reads: Reads,
  definitions: Definitions,
  asked: Asked,
  now: number,
): Promise<Novelty> {
  const whole = await subjectNow(reads, definitions, asked, now)
  const [{ metric }] = whole.metrics as [AskedMetric]
  if (!isWindowed(metric)) throw unsuitable(metric)
  const { first: began, median } = await exposuresOf(ask, asked)
  const days = Math.floor((now - began) / DAY)
  const windows = EDGES.slice(1).flatMap((to, i) => (to <= days ? [{ from: EDGES[i]!, to }] : []))
  const inWindows = windows.map((window) => askedIn(metric, window))
  // So long that half of the users have been there for both parts.
  const half = Math.min(MOST_HALF, Math.floor((now - median) / DAY / 2))
  const summed = half > 0 && isSummed(metric) ? metric : null
  const change = summed && changeOf(summed, half)
  const plan = [
    ...inWindows.map((one) => ({ metric: one.metric, ...computationOf(one.metric) })),
    ...(change === null ? [] : [change]),
  ]
  const rows = plan.length === 0 ? [] : asSnapshot(await study(ask, studyOf(whole, plan, now)), now)
  return {
    ...{ app: asked.app, testId: asked.testId, metric: metric.name },
    asOf: new Date(now).toISOString(),
    ...{ control: whole.control, decision: whole.decision },
    ...{ kind: metric.kind, direction: metric.direction },
    windows: adjusted(inWindows.map((one) => metricResults(whole, one, rows, options))).map(
      ({ branches, comparisons }, i) => ({ ...windows[i]!, branches, comparisons }),
    ),
    change: change === null ? null : { ...halves(half), comparisons: changes(whole, summed!, change, rows) },
    warnings: windows.length > 0 ? [] : [{ code: 'too-early', message: 'Nobody has been in the test for a day yet.' }],
  }
}

const isWindowed = (metric: MetricDefinition): metric is Windowed =>
  metric.kind !== 'retention' && metric.kind !== 'funnel'
const isSummed = (metric: MetricDefinition): metric is Summed =>
  metric.kind === 'conversion' || metric.kind === 'count' || metric.kind === 'sum'

const unsuitable = ({ name, kind }: MetricDefinition) =>
  new AssayError(
    'query-invalid',
    `metric: expected one of what users do at any time, as conversion, count, sum, mean, ratio and quantile are; ${shown(name)} is of kind ${kind}.`,
  )

function askedIn(metric: Windowed, window: { from: number; to: number }): AskedMetric {
  const own = { ...metric, window }
  return { metric: own, role: 'metric', event: computationOf(own).id }
}

const halves = (half: number) => ({ early: { from: 0, to: half }, late: { from: half, to: 2 * half } })

/** Two numbers of each user who was exposed long enough ago: what they did late, and early. */
function changeOf(metric: Summed, half: number): PlannedMetric {
  const { early, late } = halves(half)
  const of = (window: { from: number; to: number }) => computationOf({ ...metric, window }).variables
  const variables = [...of(late), ...of(early)]
  return { metric, id: '$change', variables, covariates: [], opens: 0, closes: late.to * DAY }
}

/** Both numbers are of the same users, so each user's difference is compared, which knows how much they have in common. */
function changes(subject: Subject, metric: Summed, { id }: PlannedMetric, rows: readonly SnapshotRow[]) {
  const differences = rows.filter(({ event }) => event === id).map((row) => ({ ...row, ...differenceOf(row) }))
  const compared = {
    name: metric.name,
    kind: 'sum',
    event: metric.name,
    direction: metric.direction,
    lookback: 0,
  } as const
  return metricResults(subject, { metric: compared, role: 'metric', event: id }, differences, options).comparisons
}

function differenceOf({ means: [late = 0, early = 0], comoments }: SnapshotRow) {
  const [[a = 0, b = 0] = [], [, c = 0] = []] = squareOf(comoments, 2)
  const [mean, m2] = [late - early, a - 2 * b + c]
  return { mean, m2, means: [mean], comoments: [m2] }
}

/** When users came first, and when half of them had. */
async function exposuresOf(ask: Ask, { app, testId }: Asked): Promise<{ first: number; median: number }> {
  const sql = `
  SELECT toUnixTimestamp64Milli(min(since)) AS first, toUnixTimestamp64Milli(quantile(0.5)(since)) AS median
  FROM (
    SELECT ${firstSeen.time('first')} AS since FROM exposures WHERE app = ${quote(app)} AND test = ${quote(testId)}
  )`
  const [found] = await ask<{ first: number; median: number }>(sql)
  return found!
}

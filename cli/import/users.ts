import { inheritedNames, type WireEvent } from '@assay/core/event'
import { cellOf, kinds, type MetricKind, nameable, nameOf, readCell, readTime } from './cell.js'
import type { Refuse } from './faults.js'
import { expected, issuesOf } from './judge.js'
import { checkName, type Mapping, type Settled, usage } from './mapping.js'
import type { Row } from './table.js'

/** A metric of a file of users; without a kind, the whole column decides. */
export interface AskedMetric {
  column: string
  kind?: MetricKind
}

/** How the columns of a file of users are asked for. */
export interface UserColumns {
  app: string
  test: string
  user: string
  branch: string
  metrics: AskedMetric[]
  time?: string
}

/** `COL`, `COL:sum` or `COL:conversion`; any other text after a colon is part of the column's name. */
export function parseMetric(text: string): AskedMetric {
  const kind = kinds.find((k) => text.endsWith(`:${k}`))
  const column = kind === undefined ? text : text.slice(0, -kind.length - 1)
  return kind === undefined ? { column } : { column, kind }
}

/** One row a user: an exposure, then an event for each metric that is not zero. */
export class UserRows implements Mapping {
  readonly columns: readonly string[]
  readonly #asked: UserColumns
  readonly #metrics: MetricColumn[]
  #rows = 0

  /** @throws CommandError for names that no event may have */
  constructor(asked: UserColumns) {
    const { app, test, user, branch, time, metrics } = asked
    const names = metrics.map((m) => m.column)
    checkName('an app', app)
    checkName('a test', test)
    for (const metric of names) checkName('a metric', metric)
    if (inheritedNames.includes(test)) throw usage(`Expected another test id; ${test} is no name for one.`)
    const twice = names.find((name, i) => names.indexOf(name) < i)
    if (twice !== undefined) throw usage(`Expected each metric once; ${twice} came twice.`)
    this.#asked = asked
    this.#metrics = metrics.map((metric) => new MetricColumn(metric))
    this.columns = [user, branch, ...names, ...(time === undefined ? [] : [time])]
  }

  get required(): readonly string[] {
    return this.columns
  }

  judge(row: Row, refuse: Refuse): string | null {
    const exposure = exposureOf(row, this.#asked, 0, refuse)
    for (const metric of this.#metrics) metric.judge(row, refuse)
    this.#rows++
    return exposure?.user ?? null
  }

  settle(): Settled {
    const asked = this.#asked
    const { app, test, user, branch, time } = asked
    const metrics = this.#metrics.map((m) => m.settled).sort((a, b) => (a.column < b.column ? -1 : 1))
    return {
      app,
      tests: [test],
      events: this.#metrics.reduce((sum, m) => sum + m.events, this.#rows),
      repeats: 0,
      identity: [test, user, branch, time ?? null, metrics.map((m) => [m.column, m.kind])],
      eventsOf: (row, importTime, refuse) => {
        const exposure = exposureOf(row, asked, importTime, refuse)
        return exposure === null ? [] : [exposure, ...metricEvents(row, exposure, metrics, refuse)]
      },
    }
  }
}

/** Who the row is about, and in which branch. */
function exposureOf(row: Row, asked: UserColumns, importTime: number, refuse: Refuse): WireEvent | null {
  const [user, branch] = [nameOf(row, asked.user), nameOf(row, asked.branch)]
  if (user === null) refuse(row, asked.user, nameable, cellOf(row, asked.user))
  if (branch === null) refuse(row, asked.branch, nameable, cellOf(row, asked.branch))
  const time = asked.time === undefined ? importTime : readTime(cellOf(row, asked.time))
  if (time === null) refuse(row, asked.time!, 'a time (ISO 8601 or Unix milliseconds)', cellOf(row, asked.time!))
  if (user === null || branch === null || time === null) return null
  const event = { app: asked.app, user, event: '$exposure', value: 1, time, tests: { [asked.test]: branch } }
  const issues = issuesOf(event)
  for (const issue of issues) {
    if (issue.field === 'user') refuse(row, asked.user, issue.expected, user)
    else refuse(row, asked.branch, issue.field === 'branch' ? issue.expected : expected.branch!, branch)
  }
  return issues.length > 0 ? null : event
}

type SettledMetric = AskedMetric & { kind: MetricKind }

function metricEvents(row: Row, exposure: WireEvent, metrics: readonly SettledMetric[], refuse: Refuse): WireEvent[] {
  const events: WireEvent[] = []
  for (const { column, kind } of metrics) {
    const value = readCell(kind, cellOf(row, column))
    if (value === null) refuse(row, column, takes[kind], cellOf(row, column))
    else if (value !== 0) events.push({ ...exposure, event: column, value })
  }
  return events
}

const takes: Record<MetricKind, string> = {
  sum: expected.value!,
  conversion: 'true or false, yes or no, 1 or 0',
}

/** Judges a column's cells by each kind it may still be of. */
class MetricColumn {
  readonly #asked: AskedMetric
  readonly #events = new Map<MetricKind, number>()

  constructor(asked: AskedMetric) {
    this.#asked = asked
    for (const kind of asked.kind === undefined ? kinds : [asked.kind]) this.#events.set(kind, 0)
  }

  judge(row: Row, refuse: Refuse): void {
    const cell = cellOf(row, this.#asked.column)
    const values = [...this.#events.keys()].map((kind) => ({ kind, value: readCell(kind, cell) }))
    if (values.every(({ value }) => value === null)) {
      refuse(row, this.#asked.column, values.map(({ kind }) => takes[kind]).join(', or '), cell)
      return
    }
    for (const { kind, value } of values) {
      if (value === null) this.#events.delete(kind)
      else if (value !== 0) this.#events.set(kind, this.#events.get(kind)! + 1)
    }
  }

  /** Numbers are summed; a column of 0 and 1 gives the same events either way. */
  get settled(): SettledMetric {
    return { column: this.#asked.column, kind: this.#events.has('sum') ? 'sum' : 'conversion' }
  }

  get events(): number {
    return this.#events.get(this.settled.kind)!
  }
}

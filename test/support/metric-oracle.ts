import { type Condition, matches } from '@assay/core/condition'
import type { Definitions } from '@assay/core/control/definitions'
import { phasesOf } from '@assay/core/control/phases'
import { computationOf, OPEN, type Variable } from '@assay/core/definition/measure'
import type { MetricDefinition } from '@assay/core/definition/metric'
import type { Event } from '@assay/core/event'
import { squareOf } from '@assay/core/store/triangle'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { percentile } from '@assay/stats/estimate/capping'
import { jointFromRows } from '@assay/stats/joint'
import { expect } from 'vitest'

/** Metrics of a test by their definition, user by user and event by event: what snapshots must agree with. */
export class Oracle {
  readonly #app: string
  readonly #logged: readonly Event[]
  readonly #definitions: Definitions
  readonly #asOf: number
  readonly #test: string

  constructor(app: string, logged: readonly Event[], definitions: Definitions, asOf: number, test: string) {
    this.#app = app
    this.#test = test
    this.#logged = logged
    this.#definitions = definitions
    this.#asOf = asOf
  }

  /** The rows of a snapshot, by `<event> <phase> <branch>`. */
  expectEqual(found: ReadonlyMap<string, SnapshotRow>, metrics: readonly MetricDefinition[]): void {
    const users = this.#counted()
    const arms = new Map(users.map((who) => [armOf(who), users.filter((other) => armOf(other) === armOf(who))]))
    for (const metric of metrics) {
      const { id, closes } = computationOf(metric)
      const isClosed = (who: Counted) => closes === OPEN || who.since + closes <= Math.min(this.#asOf, who.until)
      const cap = this.#capOf(metric, users.filter(isClosed))
      for (const [arm, all] of arms) this.#expectArm(found.get(`${id} ${arm}`)!, metric, all.filter(isClosed), cap)
    }
  }

  #expectArm(row: SnapshotRow, metric: MetricDefinition, complete: readonly Counted[], cap: number): void {
    expect(row.users, metric.name).toBe(complete.length)
    if (metric.kind === 'funnel') this.#expectFunnel(row, metric, complete)
    else if (metric.kind === 'quantile') this.#expectQuantile(row, metric, complete)
    else this.#expectNumbers(row, metric, complete, cap)
  }

  #expectNumbers(row: SnapshotRow, metric: MetricDefinition, complete: readonly Counted[], cap: number): void {
    const { variables, covariates } = computationOf(metric)
    const numbers = complete.map((who) =>
      [...variables, ...covariates].map((variable) => Math.min(cap, this.#numberOf(who, variable))),
    )
    const converted = complete.filter((who) => this.#numberOf(who, { ...variables[0]!, of: 'count' }) > 0)
    expect(row.converted, metric.name).toBe(converted.length)
    expectJoint(row, numbers, metric.name)
    expect(row.cap ?? Infinity, metric.name).toBeCloseTo(cap, 9)
  }

  #expectFunnel(row: SnapshotRow, metric: Of<'funnel'>, complete: readonly Counted[]): void {
    const levels = complete.map((who) => this.#levelOf(who, metric))
    expect(row.steps, metric.name).toEqual(metric.steps.map((_, i) => levels.filter((level) => level > i).length))
  }

  #expectQuantile(row: SnapshotRow, metric: Of<'quantile'>, complete: readonly Counted[]): void {
    const { closes } = computationOf(metric)
    const events = complete.map((who) => this.#deeds(who, metric, 0, closes).map((e) => e.value))
    const sorted = events.flat().sort((x, y) => x - y)
    // Too few to reach to both sides of it.
    if (row.ranks.length === 0) return
    const at = sorted[Math.ceil(sorted.length * metric.quantile) - 1]!
    expect(row.ranks[1]! / at).toBeCloseTo(1, 3)
    expect(row.ranks[3]).toBe(sorted.length)
    const under = events.map((own) => [own.filter((value) => value <= at).length, own.length])
    expectJoint(row, under, metric.name)
  }

  /** Branch and phase of the first exposure; none who came after the end of the phase. */
  #counted(): Counted[] {
    const phases = phasesOf(this.#definitions.test(this.#app, this.#test)!.history)
    const exposures = this.#logged
      .map((e, offset) => ({ ...e, offset }))
      .filter((e) => e.app === this.#app && e.event === '$exposure' && this.#test in e.tests)
      .sort((x, y) => x.time - y.time || x.offset - y.offset)
    const first = new Map(exposures.toReversed().map((e) => [e.user, e]))
    return [...first.values()].flatMap(({ user, time: since, tests }) => {
      const [branch, version] = tests[this.#test]!.split('@') as [string, string?]
      const isNamed = version !== undefined
      const phase = isNamed
        ? phases.find((p) => p.version === Number(version))
        : phases.findLast(({ from }) => from <= since)
      const until = phase ? (phase.to ?? Infinity) : isNamed ? Infinity : (phases[0]?.from ?? Infinity)
      return since < until ? [{ user, branch, phase: phase?.version ?? Number(version ?? 0), since, until }] : []
    })
  }

  /** Events of a user that a source means, so many milliseconds after their exposure. */
  #deeds({ user, since, until }: Counted, source: Source, from: number, to: number): Event[] {
    const isInTime = (time: number) => time < until && time - since >= from && time - since < to
    return this.#logged
      .filter((e) => e.app === this.#app && e.user === user && !e.event.startsWith('$') && isInTime(e.time))
      .filter((e) => (source.event ?? '') === '' || e.event === source.event)
      .filter((e) => holds(source.filter, e))
  }

  #numberOf(who: Counted, { measure, of }: Variable): number {
    const found = this.#deeds(who, measure, measure.from, measure.to)
    if (of === 'sum') return found.reduce((sum, e) => sum + e.value, 0)
    return of === 'count' ? found.length : Math.min(1, found.length)
  }

  #capOf(metric: MetricDefinition, users: readonly Counted[]): number {
    if (!('cap' in metric) || metric.cap === undefined) return Infinity
    if ('value' in metric.cap) return metric.cap.value
    const [variable] = computationOf(metric).variables
    const totals = users.map((who) => this.#numberOf(who, variable!))
    return percentile(totals, metric.cap.percentile) ?? Infinity
  }

  /** How far a user came through a funnel's steps, each later than the one before. */
  #levelOf(who: Counted, metric: Of<'funnel'>): number {
    let level = 0
    let last = -Infinity
    for (const e of this.#deeds(who, {}, 0, computationOf(metric).closes).sort((x, y) => x.time - y.time)) {
      const step = metric.steps[level]
      if (step === undefined || e.time <= last || e.event !== step.event || !holds(step.filter, e)) continue
      level++
      last = e.time
    }
    return level
  }
}

type Of<Kind extends MetricDefinition['kind']> = Extract<MetricDefinition, { kind: Kind }>

interface Source {
  event?: string | undefined
  filter?: Condition | undefined
}

interface Counted {
  user: string
  branch: string
  phase: number
  since: number
  until: number
}

const armOf = ({ phase, branch }: Counted) => `${phase} ${branch}`

/** Props are text where they are stored; `n` is a number in these stories. */
function holds(filter: Condition | undefined, { props }: Event): boolean {
  if (filter === undefined) return true
  const typed = Object.entries(props).map(([key, text]) => [key, key === 'n' ? Number(text) : text])
  return matches(filter, Object.fromEntries(typed))
}

function expectJoint(row: SnapshotRow, numbers: number[][], name: string): void {
  if (numbers.length === 0) return
  const { means, co } = jointFromRows(numbers)
  const square = squareOf(row.comoments, row.means.length)
  for (const [i, mean] of means.entries()) {
    expect(row.means[i], name).toBeCloseTo(mean, 9)
    for (const [j, c] of co[i]!.entries()) expect(square[i]![j], name).toBeCloseTo(c, 7)
  }
}

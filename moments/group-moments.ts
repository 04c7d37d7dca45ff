import type { Lane } from '@assay/core/store/store'
import { squareOf, triangleOf } from '@assay/core/store/triangle'
import { clusteredRanks } from '@assay/stats/estimate/quantile'
import { ratio } from '@assay/stats/estimate/ratio'
import { type Joint, mergeJoint } from '@assay/stats/joint'
import { noneRemarkable, type UserRow } from './arms.js'
import { type CountRow, cellsSql, isFunnel, isQuantile, stepsSql, underSql, valueOfCell } from './events.js'
import {
  type ClosedRow,
  closedSql,
  greatestSql,
  isAdditive,
  isWindowed,
  type NumbersRow,
  numbersSql,
  type Question,
} from './metrics.js'
import { capOf, type Group, type PlannedMetric, percentileOf } from './plan.js'

type Reads = Pick<Lane, 'query'>

/** What is known of one metric in one arm. */
interface Arm {
  /** Users whose numbers are complete. */
  closed: number
  converted: number
  /** Of those who have any numbers. */
  joint: Joint
  /** Users of a funnel by how many steps they came by. */
  levels: Map<number, number>
  /** A quantile's values by cell. */
  cells: Map<number, number>
}

const newArm = (): Arm => ({
  closed: 0,
  converted: 0,
  joint: { n: 0, means: [], co: [] },
  levels: new Map(),
  cells: new Map(),
})

/** The metrics of some tests, put together from slices of its users: all slices by `explore`, then all by `compute`. */
export class GroupMoments {
  readonly #group: Group
  /** Rows of exposures there are at the most. */
  readonly #rows: number
  /** By metric, then arm. */
  readonly #metrics: ReadonlyMap<PlannedMetric, Map<string, Arm>>
  readonly #greatest = new Map<PlannedMetric, number[]>()
  readonly #next = new Map<string, number>()
  /** Known once all slices are explored. */
  #known: Map<string, number> | undefined

  constructor(group: Group, rows: number) {
    this.#group = group
    this.#rows = rows
    this.#metrics = new Map(group.metrics.map((metric) => [metric, new Map()]))
  }

  get tests(): readonly string[] {
    return this.#group.tests
  }

  /** By test, when the next of its users will be complete whose window is still open; Unix milliseconds. */
  get next(): ReadonlyMap<string, number> {
    return this.#next
  }

  /** Takes in what caps and quantiles depend on, and what is done with one look. */
  async explore(lane: Reads, asked: Omit<Question, 'group'>, users: readonly UserRow[]): Promise<void> {
    const question = { ...asked, group: this.#group }
    await this.#findClosed(lane, question, users)
    for (const metric of this.#group.metrics) {
      await this.#findGreatest(lane, question, metric)
      if (isQuantile(metric)) this.#count('cells', metric, await lane.query(cellsSql(question, metric)))
      if (isFunnel(metric)) this.#count('levels', metric, await lane.query(stepsSql(question, metric)))
    }
  }

  /** How many users are complete: of metrics without a window all. */
  async #findClosed(lane: Reads, question: Question, users: readonly UserRow[]): Promise<void> {
    const { tests, metrics } = this.#group
    const own = users.filter(({ test }) => tests.includes(test))
    const open = metrics.filter((metric) => !isWindowed(metric))
    for (const metric of open) for (const { arm, users } of own) this.#arm(metric, arm).closed += users
    if (open.length === metrics.length) return
    for (const { arm, test, closed, next } of await lane.query<ClosedRow>(closedSql(question))) {
      for (const [i, metric] of metrics.entries()) if (isWindowed(metric)) this.#arm(metric, arm).closed += closed[i]!
      if (next > 0) this.#next.set(test, Math.min(next, this.#next.get(test) ?? next))
    }
  }

  /** What a percentile that caps the metric is read from. */
  async #findGreatest(lane: Reads, question: Question, metric: PlannedMetric): Promise<void> {
    const percentile = percentileOf(metric)
    if (percentile === null) return
    const limit = Math.ceil((1 - percentile) * this.#rows) + 2
    const rows = await lane.query<{ total: number }>(greatestSql(question, metric, limit))
    this.#greatest.set(metric, [...(this.#greatest.get(metric) ?? []), ...rows.map(({ total }) => total)])
  }

  #count(what: 'cells' | 'levels', metric: PlannedMetric, rows: readonly CountRow[]): void {
    for (const { arm, at, n } of rows) {
      const counts = this.#arm(metric, arm)[what]
      counts.set(at, (counts.get(at) ?? 0) + n)
    }
  }

  async compute(lane: Reads, asked: Omit<Question, 'group'>): Promise<void> {
    const question = { ...asked, group: this.#group }
    const caps = this.#caps()
    const sql = numbersSql(question, caps)
    const additive = this.#group.metrics.filter(isAdditive)
    if (sql !== null) this.#add(additive, await lane.query<NumbersRow>(sql))
    for (const metric of this.#group.metrics.filter(isQuantile)) {
      const at = new Map(
        [...this.#metrics.get(metric)!].map(([arm, { cells }]) => [arm, reader(cells).at(metric.metric.quantile)]),
      )
      this.#add([metric], await lane.query<NumbersRow>(underSql(question, metric, at)))
    }
  }

  /** A row for each arm and metric. */
  moments(arms: readonly UserRow[]) {
    const caps = this.#caps()
    return arms.flatMap(({ arm, ...row }) =>
      this.#group.metrics.map((metric) => ({
        ...row,
        ...noneRemarkable,
        event: metric.id,
        cap: caps.get(metric.id) ?? null,
        ...rowOf(metric, this.#arm(metric, arm)),
      })),
    )
  }

  #add(metrics: readonly PlannedMetric[], rows: readonly NumbersRow[]): void {
    for (const { arm, n, converted, means, comoments } of rows)
      for (const [i, metric] of metrics.entries()) {
        if (n[i] === 0) continue
        const known = this.#arm(metric, arm)
        known.converted += converted[i]!
        known.joint = mergeJoint(known.joint, jointOf(n[i]!, means[i] as number[], comoments[i] as number[]))
      }
  }

  #arm(metric: PlannedMetric, arm: string): Arm {
    const arms = this.#metrics.get(metric)!
    const known = arms.get(arm) ?? newArm()
    arms.set(arm, known)
    return known
  }

  #caps(): Map<string, number> {
    this.#known ??= new Map(
      this.#group.metrics.flatMap((metric) => {
        const cap = capOf(metric)
        if (cap === undefined) return []
        if ('value' in cap) return [[metric.id, cap.value]]
        const users = [...this.#metrics.get(metric)!.values()].reduce((sum, { closed }) => sum + closed, 0)
        return users === 0 ? [] : [[metric.id, percentileFrom(this.#greatest.get(metric) ?? [], users, cap.percentile)]]
      }),
    )
    return this.#known
  }
}

/** As `percentile` of stats has it, of the greatest totals and zeros for all other users. */
function percentileFrom(totals: readonly number[], users: number, p: number): number {
  const sorted = totals.toSorted((a, b) => b - a)
  const above = sorted.filter((total) => total > 0).length
  const zeros = users - sorted.length
  const fromTop = (k: number) => (k < above ? sorted[k]! : k < above + zeros ? 0 : sorted[k - zeros]!)
  const place = p * (users - 1)
  const [low, high] = [fromTop(users - 1 - Math.floor(place)), fromTop(users - 1 - Math.ceil(place))]
  return low + (high - low) * (place % 1)
}

/** Of values by cell: which cell holds a rank, counted from 1, or a share of them. */
function reader(cells: ReadonlyMap<number, number>) {
  const sorted = [...cells].sort(([a], [b]) => a - b)
  const events = sorted.reduce((sum, [, n]) => sum + n, 0)
  const rank = (k: number) => {
    let left = k
    for (const [cell, n] of sorted) {
      left -= n
      if (left <= 0) return cell
    }
    return 0
  }
  return { events, rank, at: (share: number) => rank(Math.ceil(events * share)) }
}

const jointOf = (n: number, means: number[], triangle: number[]): Joint => {
  return { n, means, co: squareOf(triangle, means.length) }
}

/** What a snapshot keeps of a metric in an arm, users without numbers as zeros. */
function rowOf(metric: PlannedMetric, arm: Arm) {
  const none = { steps: [] as number[], ranks: [] as number[] }
  if (isFunnel(metric)) {
    const came = (step: number) => [...arm.levels].reduce((sum, [level, n]) => (level > step ? sum + n : sum), 0)
    const steps = metric.metric.steps.map((_, i) => came(i))
    return { ...none, ...numbers(arm.closed, steps.at(-1)!, ofShare(arm.closed, steps.at(-1)!)), steps }
  }
  const zeros = metric.variables.length + metric.covariates.length || 2
  const joint = withZeros(arm.joint, arm.closed - arm.joint.n, zeros)
  const row = { ...none, ...numbers(arm.closed, arm.converted, joint) }
  return isQuantile(metric) ? { ...row, ranks: ranksOf(metric.metric.quantile, arm, joint) } : row
}

function ofShare(n: number, successes: number): Joint {
  return n === 0
    ? { n, means: [0], co: [[0]] }
    : { n, means: [successes / n], co: [[(successes * (n - successes)) / n]] }
}

function withZeros(joint: Joint, n: number, variables: number): Joint {
  const means = Array<number>(variables).fill(0)
  return mergeJoint({ n, means, co: means.map(() => means) }, joint)
}

const numbers = (users: number, converted: number, joint: Joint) => ({
  users,
  converted,
  mean: joint.means[0]!,
  m2: joint.co[0]![0]!,
  sum: joint.means[0]! * users,
  means: joint.means,
  comoments: triangleOf(joint.co),
})

/** Values below, at and above the quantile, and how many there are; none where they are too few. */
function ranksOf(p: number, { cells }: Arm, joint: Joint): number[] {
  const { events, rank } = reader(cells)
  const around = clusteredRanks(p, events, ratio(joint))
  if ('kind' in around) return []
  return [...[around.low, around.at, around.high].map((k) => valueOfCell(rank(k))), events]
}

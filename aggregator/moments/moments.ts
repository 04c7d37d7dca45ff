import { ndjson } from '@assay/core/store/ndjson'
import { quote } from '@assay/core/store/sql'
import type { Lane, Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { Arms } from './arms.js'
import type { GroupMoments } from './group-moments.js'
import { gather } from './people.js'
import { groupsOf, measuresOf, type Plan } from './plan.js'
import { plain, type Scratch } from './scratch.js'
import { type Slice, slicesOf, within } from './slice.js'
import { folds, measureRows, type Positions } from './totals.js'
import { count, makeKnown, phaseRows, usersSql, welcome } from './users.js'

/** Rows of `exposures` taken at once, about: what is joined with them must fit the memory of a computation. */
const ROWS = 1_000_000

/** Moments of the users' totals. A key that is counted no more had its first exposure replaced by an earlier one. */
const valuesSql = (app: string, slice: Slice, { counted, totals }: Scratch) => `
  SELECT toString(arm) AS arm, event, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2,
    sum(total) AS sum
  FROM ${totals} FINAL
  WHERE app = ${app} AND event != '' AND NOT startsWith(event, '$') AND ${within('key', slice)}
    AND key IN (SELECT key FROM ${counted})
  GROUP BY arm, event`

/** Keeps the moments of one app's tests up to date. */
export class Moments {
  readonly #compute: Lane
  readonly #scratch: Scratch
  readonly #app: string
  readonly #rowsAtOnce: number
  /** What `totals` holds; null when that is not known. */
  #folded: Positions | null = null
  /** The links and measures that it was folded by. */
  #measures = ''
  #isPending = false

  constructor({ compute }: Store, app: string, scratch: Scratch = plain, rowsAtOnce = ROWS) {
    this.#compute = compute
    this.#scratch = scratch
    this.#app = app
    this.#rowsAtOnce = rowsAtOnce
  }

  /** Whether a snapshot will change as time goes on, without any event. */
  get isPending(): boolean {
    return this.#isPending
  }

  /** Computes the moments of all that was logged before these positions, and keeps them as a snapshot taken at `asOf`. */
  async snapshot(to: Positions, asOf: number, plan: Plan = []): Promise<void> {
    const compute = this.#compute
    const app = quote(this.#app)
    const { rows, people, links } = await this.#size(app)
    const from = await this.#prepare(app, to, plan, links)
    // Known again only when every slice was folded.
    this.#folded = null
    const arms = new Arms()
    const groups = await openGroups(plan, rows)
    const slices = slicesOf(rows, this.#rowsAtOnce, people)
    const question = (slice: Slice) => ({ app, slice, scratch: this.#scratch, asOf })
    for (const slice of slices) {
      await this.#fold(app, slice, from, to, plan)
      arms.add(await compute.query(usersSql(this.#scratch)), await compute.query(valuesSql(app, slice, this.#scratch)))
      for (const group of groups) await group.explore(compute, question(slice))
    }
    this.#folded = to
    if (groups.length > 0)
      for (const slice of slices) {
        if (slices.length > 1) await this.#count(app, slice)
        for (const group of groups) await group.compute(compute, question(slice))
      }
    this.#isPending = groups.some((group) => group.isPending)
    await this.#keep(asOf, [...arms.moments(), ...groups.flatMap((group) => group.moments(arms.of(group.tests)))])
  }

  /** @returns from where on facts are to be folded */
  async #prepare(app: string, to: Positions, plan: Plan, links: string): Promise<Positions> {
    const { totals, phases, measures } = this.#scratch
    await this.#fill(phases, phaseRows(plan))
    await this.#fill(measures, measureRows(plan))
    // An earlier link that comes late may make a person what they were before: their key would be known, but not whole.
    const wanted = JSON.stringify([links, plan.map((test) => [test.test, test.metrics.length > 0, measuresOf(test)])])
    const from = wanted === this.#measures ? this.#folded : null
    this.#measures = wanted
    if (from === null) await this.#compute.command(`ALTER TABLE ${totals} DROP PARTITION ${app}`)
    return from ?? to.map(() => 0)
  }

  /** How many rows there are of exposures, and the table of the ids of those who have several; null where nobody has. */
  async #size(app: string): Promise<{ rows: number; people: string | null; links: string }> {
    const count = (table: string, what = 'count()') => `(SELECT ${what} FROM ${table} WHERE app = ${app})`
    const [found] = await this.#compute.query<{ rows: number; links: number; set: string }>(
      `SELECT ${count('exposures')} AS rows, ${count('aliases')} AS links,
         toString(${count('aliases FINAL', 'groupBitXor(cityHash64(alias, first))')}) AS set`,
    )
    const { rows, links: linked, set: links } = found!
    if (linked === 0) return { rows, people: null, links }
    const { people } = this.#scratch
    await this.#compute.command(`TRUNCATE TABLE ${people}`)
    await this.#compute.command(gather(app, this.#scratch))
    return { rows, people, links }
  }

  async #fill(table: string, rows: readonly object[]): Promise<void> {
    await this.#compute.command(`TRUNCATE TABLE ${table}`)
    if (rows.length > 0) await this.#compute.insertLines(table, [ndjson(rows)], nanoid())
  }

  async #count(app: string, slice: Slice): Promise<void> {
    await this.#compute.command(`TRUNCATE TABLE ${this.#scratch.counted}`)
    await this.#compute.command(count(app, slice, this.#scratch))
  }

  async #fold(app: string, slice: Slice, from: Positions, to: Positions, plan: Plan): Promise<void> {
    const compute = this.#compute
    const scratch = this.#scratch
    const { counted, newcomers } = scratch
    await this.#count(app, slice)
    await compute.command(`TRUNCATE TABLE ${newcomers}`)
    await compute.command(welcome(app, slice, scratch))
    const portions = [{ app, slice, users: counted, from, to }]
    if (from.some((offset) => offset > 0)) portions.push({ app, slice, users: newcomers, from: [], to: from })
    for (const portion of portions) for (const sql of folds(portion, plan, scratch)) await compute.command(sql)
    await compute.command(makeKnown(app, scratch))
  }

  async #keep(asOf: number, moments: readonly object[]): Promise<void> {
    const rows = moments.map((row) => ({ app: this.#app, as_of: asOf, ...row }))
    if (rows.length > 0) await this.#compute.insertLines('moments', [ndjson(rows)], nanoid())
  }
}

/** With the statistics, whose loading takes a third of a start: where no test has metrics of its own, it does without. */
async function openGroups(plan: Plan, rows: number): Promise<GroupMoments[]> {
  const groups = groupsOf(plan)
  if (groups.length === 0) return []
  const { GroupMoments } = await import('./group-moments.js')
  return groups.map((group) => new GroupMoments(group, rows))
}

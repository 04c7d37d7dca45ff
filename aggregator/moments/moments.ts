import { ndjson } from '@assay/core/store/ndjson'
import { quote } from '@assay/core/store/sql'
import type { Lane, Store } from '@assay/core/store/store'
import { Arms, type UserRow } from '@assay/moments/arms'
import type { GroupMoments } from '@assay/moments/group-moments'
import { type News, newsSql } from '@assay/moments/news'
import { gather, type Links, linkCounts, peopleOf } from '@assay/moments/people'
import { fromTotals } from '@assay/moments/per-user'
import { groupsOf, type Plan } from '@assay/moments/plan'
import { ofTests, type Slice, slicesOf } from '@assay/moments/slice'
import type { Tables } from '@assay/moments/tables'
import { folds, measureRows, type Portion, type Positions, valuesSql } from '@assay/moments/totals'
import { count, makeKnown, phaseRows, type TestRow, testsSql, usersSql, welcome } from '@assay/moments/users'
import { nanoid } from 'nanoid'
import { DirtyTests } from './dirty-tests.js'
import { plain } from './scratch.js'

/** Rows of `exposures` taken at once, about: what is joined with them must fit the memory of a computation. */
const ROWS = 1_000_000
/** Users whose facts are looked up one by one. */
const FEW = 10_000
/** Keys of nobody any more may be as many as this share of those rows, or as the others, before totals are built anew. */
const STALE = 0.01

/** What a snapshot takes in. */
interface Step {
  app: string
  /** Facts of users whose keys are known are folded from here */
  from: Positions
  /** to here. */
  to: Positions
  asOf: number
  /** Of the tests that are computed. */
  plan: Plan
  /** All if undefined. */
  tests: readonly string[] | undefined
}

/** Keeps the moments of one app's tests up to date. */
export class Moments {
  readonly #compute: Lane
  readonly #isShared: boolean
  readonly #scratch: Tables
  readonly #app: string
  readonly #rowsAtOnce: number
  readonly #dirty = new DirtyTests()
  /** What `totals` holds; null when that is not known. */
  #folded: Positions | null = null
  /** Up to where it is known what happened; null when that is to be asked of no table. */
  #seen: Positions | null = null
  /** Counts snapshots: keys of one never come back in another. */
  #epoch = 0
  /** The ids of those who have several; null where nobody has. */
  #people: string | null = null
  /** How many there are in `totals`, those of nobody any more, too. */
  #keys = 0

  constructor({ compute, shared }: Store, app: string, scratch: Tables = plain, rowsAtOnce = ROWS) {
    this.#compute = compute
    this.#isShared = shared
    this.#scratch = scratch
    this.#app = app
    this.#rowsAtOnce = rowsAtOnce
  }

  /** Whether a snapshot will change as time goes on, without any event. */
  get isPending(): boolean {
    return this.#dirty.isPending
  }

  /**
   * Computes the moments of all that was logged before these positions, of those tests for which that changes anything,
   * and keeps them as a snapshot taken at `asOf`.
   */
  async snapshot(to: Positions, asOf: number, plan: Plan = []): Promise<void> {
    const app = quote(this.#app)
    this.#epoch++
    const from = this.#isStale ? null : this.#folded
    // Known again only when every slice was folded.
    this.#folded = null
    if (from === null) await this.#forget(app)
    const tests = await this.#find(app, to, asOf, plan)
    const own = tests === undefined ? plan : plan.filter(({ test }) => tests.includes(test))
    const step = { app, from: from ?? to.map(() => 0), to, asOf, plan: own, tests }
    const moments = tests?.length === 0 ? [] : await this.#computed(step)
    this.#folded = to
    // Of another process's insert one table may show its part later than another: what happened is looked at twice.
    this.#seen = this.#isShared ? from : to
    await this.#keep(asOf, moments)
  }

  get #isStale(): boolean {
    const { users } = this.#dirty
    return this.#keys - users > Math.max(users, this.#rowsAtOnce * STALE)
  }

  async #forget(app: string): Promise<void> {
    const { totals, people } = this.#scratch
    for (const table of [totals, people]) await this.#compute.command(`ALTER TABLE ${table} DROP PARTITION ${app}`)
    this.#dirty.forget()
    this.#keys = 0
    this.#people = null
    this.#seen = null
  }

  /** The tests to be computed; all if undefined. */
  async #find(app: string, to: Positions, asOf: number, plan: Plan): Promise<string[] | undefined> {
    const planned = this.#dirty.learnPlan(plan, this.#epoch)
    if (this.#seen === null) {
      await this.#resolve(app)
      return undefined
    }
    const range = { app, from: this.#seen, to }
    const [news] = await this.#compute.query<News>(newsSql(range))
    const isResolved = news!.links > 0
    if (isResolved) await this.#resolve(app)
    const happened = { ...range, news: news!, people: this.#people, isResolved, epoch: this.#epoch }
    return [...new Set([...planned, ...(await this.#dirty.find(this.#compute, happened, asOf))])]
  }

  /** Finds out whose are which ids. */
  async #resolve(app: string): Promise<void> {
    const compute = this.#compute
    const { people, resolved } = this.#scratch
    const counts = linkCounts(app)
    const [links] = await compute.query<Links>(`SELECT ${counts.links} AS links, ${counts.chains} AS chains`)
    if (links!.links === 0) return
    await compute.command(`TRUNCATE TABLE ${resolved}`)
    await compute.command(gather(app, links!, this.#epoch, this.#scratch))
    // Who once was listed still is.
    const [found] = await compute.query<{ n: number }>(`SELECT count() AS n FROM ${resolved}`)
    if (found!.n === 0) return
    await compute.command(`ALTER TABLE ${people} REPLACE PARTITION ${app} FROM ${resolved}`)
    this.#people = peopleOf(app, this.#scratch)
  }

  /** Folds what is new. @returns rows of moments */
  async #computed(step: Step): Promise<object[]> {
    const { app, asOf, plan, tests } = step
    const compute = this.#compute
    await this.#fill(
      this.#scratch.phases,
      phaseRows(plan, (test) => this.#dirty.epochOf(test)),
    )
    await this.#fill(this.#scratch.measures, measureRows(plan))
    const rows = await this.#rows(app, tests)
    const groups = await openGroups(plan, rows)
    const slices = slicesOf(rows, this.#rowsAtOnce, this.#people, tests)
    const question = (slice: Slice, areStale = true) => {
      return { app, slice, tables: this.#scratch, perUser: fromTotals(areStale), asOf }
    }
    const isAutomatic =
      tests === undefined || tests.some((test) => !plan.some((p) => p.test === test && p.metrics.length > 0))
    const arms = new Arms()
    const found: TestRow[] = []
    for (const slice of slices) {
      await this.#fold(slice, step)
      const users = await compute.query<UserRow>(usersSql(this.#scratch))
      arms.add(users, isAutomatic ? await compute.query(valuesSql(app, slice, this.#scratch)) : [])
      found.push(...(await compute.query<TestRow>(testsSql(this.#scratch))))
      for (const group of groups) await group.explore(compute, question(slice), users)
    }
    this.#dirty.learn(tests, found, new Map(groups.flatMap(({ next }) => [...next])))
    const areStale = this.#keys !== this.#dirty.users
    for (const slice of groups.length > 0 ? slices : []) {
      if (slices.length > 1) await this.#count(app, slice)
      for (const group of groups) await group.compute(compute, question(slice, areStale))
    }
    return [...arms.moments(), ...groups.flatMap((group) => group.moments(arms.of(group.tests)))]
  }

  /** How many there are of exposures in these tests. */
  async #rows(app: string, tests: readonly string[] | undefined): Promise<number> {
    const sql = `SELECT count() AS rows FROM exposures WHERE app = ${app} AND ${ofTests(tests)}`
    return (await this.#compute.query<{ rows: number }>(sql))[0]!.rows
  }

  async #fill(table: string, rows: readonly object[]): Promise<void> {
    await this.#compute.command(`TRUNCATE TABLE ${table}`)
    if (rows.length > 0) await this.#compute.insertLines(table, [ndjson(rows)], nanoid())
  }

  async #count(app: string, slice: Slice): Promise<void> {
    await this.#compute.command(`TRUNCATE TABLE ${this.#scratch.counted}`)
    await this.#compute.command(count(app, slice, this.#scratch))
  }

  async #fold(slice: Slice, { app, from, to, plan }: Step): Promise<void> {
    const compute = this.#compute
    const scratch = this.#scratch
    const { counted, newcomers } = scratch
    await this.#count(app, slice)
    await compute.command(`TRUNCATE TABLE ${newcomers}`)
    await compute.command(welcome(app, slice, scratch))
    const [found] = await compute.query<{ n: number }>(`SELECT count() AS n FROM ${newcomers}`)
    const portionOf = (users: string, from: Positions, to: Positions): Portion => {
      return { app, slice, users, from, to, since: `(SELECT min(since) FROM ${users})` }
    }
    const portions = [portionOf(counted, from, to)]
    const isEarlier = found!.n > 0 && from.some((offset) => offset > 0)
    if (isEarlier) portions.push({ ...portionOf(newcomers, [], from), areFew: found!.n <= FEW })
    for (const portion of portions) for (const sql of folds(portion, plan, scratch)) await compute.command(sql)
    await compute.command(makeKnown(app, scratch))
    this.#keys += found!.n
  }

  /** With a row for the app: what has none of its own is as it was. */
  async #keep(asOf: number, moments: readonly object[]): Promise<void> {
    const rows = [...moments, { test: '' }].map((row) => ({ app: this.#app, as_of: asOf, ...row }))
    await this.#compute.insertLines('moments', [ndjson(rows)], nanoid())
  }
}

/** With the statistics, whose loading takes a third of a start: where no test has metrics of its own, it does without. */
async function openGroups(plan: Plan, rows: number): Promise<GroupMoments[]> {
  const groups = groupsOf(plan)
  if (groups.length === 0) return []
  const { GroupMoments } = await import('@assay/moments/group-moments')
  return groups.map((group) => new GroupMoments(group, rows))
}

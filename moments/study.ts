import type { Phase } from '@assay/core/control/phases'
import { firstSeen } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import { Arms, type UserRow, type ValueRow } from './arms.js'
import { GroupMoments } from './group-moments.js'
import { type Links, linkCounts, peopleSql } from './people.js'
import { fromFacts } from './per-user.js'
import type { PlannedMetric } from './plan.js'
import { propSql, splitSql } from './prop.js'
import { type Slice, slicesOf } from './slice.js'
import { type Tables, tableNames } from './tables.js'
import { eventTotalsSql, momentsOfTotals } from './totals.js'
import { countedSql, phaseRows, usersSql } from './users.js'

/** A question that no snapshot answers: one test's moments, worked out from what is stored now. */
export interface Study {
  app: string
  test: string
  phases: Phase[]
  /** None of a test without metrics of its own: two of each event. */
  metrics: readonly PlannedMetric[]
  /** Unix milliseconds: up to when windows have closed. */
  asOf: number
  /** Whether users who were seen in several branches count. */
  crossed: boolean
  /** Makes a test of each of these values of a prop. */
  by?: { prop: string; values: readonly string[] }
}

/** Rows of a SELECT. */
export type Ask = <Row>(sql: string) => Promise<Row[]>

/** Rows of `exposures` taken at once: few enough that progress is seen. */
const ROWS = 250_000

/** By these names the parts of a statement find each other: it brings along what the aggregator has tables for. */
const names = Object.fromEntries(tableNames.map((name) => [name, name])) as Tables

/** What metrics that nobody chose are of: any event but those whose names Assay keeps for itself. */
const OF_EVENTS = "(SELECT * FROM totals WHERE NOT startsWith(event, '$'))"

/** @param tell hears what share is done */
export async function study(ask: Ask, asked: Study, tell: (share: number) => void = () => {}) {
  const extent = await extentOf(ask, asked)
  const { rows, slices, since } = extent
  const { asOf, metrics, by, test } = asked
  const group = new GroupMoments({ tests: [...(by?.values ?? [test])], metrics }, rows)
  const arms = new Arms()
  const isAutomatic = metrics.length === 0
  const steps = slices.length * (isAutomatic ? 1 : 2)
  const common = { app: quote(asked.app), tables: names, perUser: fromFacts(since), asOf }
  let done = 0
  const pass = async (part: (query: Ask, slice: Slice) => Promise<void>) => {
    for (const slice of slices) {
      const brought = broughtAlong(asked, slice, extent)
      await part((sql) => ask(brought + sql), slice)
      tell(++done / steps)
    }
  }
  await pass(async (query, slice) => {
    const users = await query<UserRow>(usersSql(names))
    arms.add(users, isAutomatic ? await query<ValueRow>(momentsOfTotals(OF_EVENTS)) : [])
    if (!isAutomatic) await group.explore({ query }, { ...common, slice }, users)
  })
  if (!isAutomatic) await pass((query, slice) => group.compute({ query }, { ...common, slice }))
  return [...arms.moments(), ...group.moments(arms.of(group.tests))]
}

/** A value of a prop with how many users have it, and of how many it is known only from after their exposure. */
export interface PropValue {
  value: string
  users: number
  late: number
}

/** The values of a prop among a test's users, the most frequent first; '' where there is none. */
export async function valuesOf(ask: Ask, asked: Study, prop: string): Promise<PropValue[]> {
  const extent = await extentOf(ask, asked)
  const found = new Map<string, PropValue>()
  for (const slice of extent.slices) {
    const sql = `
      SELECT value, count() AS users, sum(late) AS late FROM (${propSql(quote(asked.app), slice, prop, 'counted')})
      GROUP BY value ORDER BY users DESC, value LIMIT 10000`
    for (const row of await ask<PropValue>(broughtAlong(asked, slice, extent) + sql)) {
      const { users = 0, late = 0 } = found.get(row.value) ?? {}
      found.set(row.value, { value: row.value, users: users + row.users, late: late + row.late })
    }
  }
  return [...found.values()].sort((a, b) => b.users - a.users || (a.value < b.value ? -1 : 1))
}

/** Each user of a test and, event by event, what they did from their exposure on; one row of event '' of who did nothing. */
export async function deedsSql(ask: Ask, asked: Study): Promise<string> {
  const extent = await extentOf(ask, asked)
  const [everyone] = slicesOf(1, 1, extent.slices[0]!.people)
  return `${broughtAlong(asked, everyone!, extent)}
  SELECT u.*, toString(t.event) AS event, t.n AS n, t.total AS total
  FROM counted AS u LEFT JOIN totals AS t ON u.key = t.key`
}

/** What a study is of. */
interface Extent {
  /** Rows of exposures. */
  rows: number
  /** When the first was, as SQL. */
  since: string
  links: Links
  /** In which users are taken. */
  slices: Slice[]
}

async function extentOf(ask: Ask, { app, test }: Study): Promise<Extent> {
  const counts = linkCounts(quote(app))
  const sql = `
  SELECT count() AS rows, toUnixTimestamp64Milli(min(${firstSeen.time('first')})) AS first,
    ${counts.links} AS links, ${counts.chains} AS chains
  FROM exposures WHERE app = ${quote(app)} AND test = ${quote(test)}`
  const [found] = await ask<Links & { rows: number; first: number }>(sql)
  const { rows, first, links, chains } = found!
  return {
    rows,
    since: `fromUnixTimestamp64Milli(toInt64(${first}), 'UTC')`,
    links: { links, chains },
    slices: slicesOf(Math.max(1, rows), ROWS, links === 0 ? null : names.people),
  }
}

/** `WITH` all that a statement about a slice of users refers to. */
function broughtAlong(asked: Study, slice: Slice, { since, links }: Extent): string {
  const { test, phases, metrics, by, crossed } = asked
  const app = quote(asked.app)
  const everyone = countedSql(app, { ...slice, tests: [test] }, names)
  const exposed = crossed ? everyone : `SELECT * FROM (${everyone}) WHERE NOT crossed`
  const portion = { app, slice, users: names.counted, from: [], to: null, since }
  const parts: Record<string, string> = {
    ...(slice.people !== null && { people: peopleSql(app, links) }),
    phases: phasesSql(test, phases),
    ...(by === undefined
      ? { counted: exposed }
      : { exposed, counted: splitSql(app, slice, by.prop, by.values, 'exposed') }),
    ...(metrics.length === 0 && { totals: eventTotalsSql(portion) }),
  }
  return `WITH ${Object.entries(parts)
    .map(([name, sql]) => `${name} AS (${sql})`)
    .join(',\n')}`
}

function phasesSql(test: string, phases: Phase[]): string {
  const [{ versions, starts, ends } = { versions: [], starts: [], ends: [] }] = phaseRows([
    { test, phases, metrics: [] },
  ])
  const times = (list: number[]) => `arrayMap(t -> fromUnixTimestamp64Milli(t, 'UTC'), CAST([${list}], 'Array(Int64)'))`
  return `SELECT ${quote(test)} AS test, toUInt64(0) AS epoch, CAST([${versions}], 'Array(UInt32)') AS versions,
    ${times(starts)} AS starts, ${times(ends)} AS ends`
}

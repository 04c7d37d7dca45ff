import type { Dialect } from './dialect.js'
import { eventColumns, events, INBOX, instant, name, PROBE, type Table, tables } from './schema.js'
import { quote } from './sql.js'

/** The databases of a store. */
export function databases(d: Dialect): string[] {
  return [...new Set([d.database, d.readers])].map(
    (database) => `CREATE DATABASE IF NOT EXISTS ${database}${d.on} ENGINE = Atomic`,
  )
}

/**
 * The inbox, the tables and the views between them; `suffix` names a set that a replay builds beside the live one, whose
 * `events` bears the note as its comment.
 */
export function pipeline(d: Dialect, suffix = '', note = ''): string[] {
  return [
    ...tables.map((t) => createTable(d, t, suffix) + (t === events && note !== '' ? ` COMMENT ${quote(note)}` : '')),
    nullTable(d, INBOX + suffix),
    ...tables.map(
      (t) =>
        `CREATE MATERIALIZED VIEW IF NOT EXISTS ${t.name}_view${suffix}${d.on} TO ${t.name}${suffix}
         AS ${t.select(INBOX + suffix)}`,
    ),
  ]
}

/** Drops what `pipeline(d, suffix)` made; never called without a suffix. */
export function dropPipeline(d: Dialect, suffix: string): string[] {
  return [
    ...tables.map((t) => `DROP VIEW IF EXISTS ${t.name}_view${suffix}${d.on} SYNC`),
    `DROP TABLE IF EXISTS ${INBOX}${suffix}${d.on} SYNC`,
    ...tables.map((t) => `DROP TABLE IF EXISTS ${t.name}${suffix}${d.on} SYNC`),
  ]
}

/**
 * Puts the set of `suffix` in the place of the live one, if the ticket is still there: one statement, for which the server
 * holds all its names, so that it fails as a whole and a `DROP` of the ticket comes wholly before it or after it.
 */
export function exchangeTables(d: Dialect, suffix: string, ticket: string): string {
  const pairs = tables.map((t) => `${t.name} AND ${t.name}${suffix}`)
  return `EXCHANGE TABLES ${[`${PROBE} AND ${ticket}`, ...pairs].join(', ')}${d.on}`
}

/** What an exchange needs: a table that can take the probe's place. */
export function createTicket(d: Dialect, ticket: string): string {
  return nullTable(d, ticket)
}

/** Everything a new store needs; harmless on one that has it. */
export function schema(d: Dialect): string[] {
  return [
    ...pipeline(d),
    nullTable(d, PROBE),
    ...tables.flatMap((t) => distributed(d, t)),
    moments(d),
    counted(d, 'counted'),
    counted(d, 'newcomers'),
    totals(d),
    phases(d),
    measures(d),
    people(d, 'people'),
    people(d, 'resolved'),
    owners(d),
    canaries(d),
  ]
}

const durable = 'fsync_after_insert = 1, fsync_part_directory = 1'

/** Column by column, and ten parts at once: merging whole rows of maps kept half a core busy at 23 k events/s, so it is a tenth. */
const cheapMerges =
  'vertical_merge_algorithm_min_columns_to_activate = 1, vertical_merge_algorithm_min_rows_to_activate = 1, merge_selector_base = 10'

function createTable(d: Dialect, t: Table, suffix: string): string {
  const by = t === events ? 'toYYYYMM(received)' : 'month'
  const settings = [durable, d.tokens, ...(t === events ? [cheapMerges] : [])].join(', ')
  return `CREATE TABLE IF NOT EXISTS ${t.name}${suffix}${d.on} (${t.columns}) ENGINE = ${d.sharded(t.engine)}
    PARTITION BY ${by} ORDER BY (${t.orderBy}) SETTINGS ${settings}`
}

/** Takes rows and keeps none. Only a mark row may have no app: anything else without one is refused. */
function nullTable(d: Dialect, table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table}${d.on} (${eventColumns},
    CONSTRAINT named CHECK (app != '' AND user != '' AND event != '') OR event = '$mark') ENGINE = Null`
}

function distributed(d: Dialect, t: Table): string[] {
  const engine = d.distributed(t.name)
  if (engine === null) return []
  return [`CREATE TABLE IF NOT EXISTS ${d.readers}.${t.name}${d.on} AS ${d.database}.${t.name} ENGINE = ${engine}`]
}

/** A table that readers and computations have for themselves: it is where they look. */
function beside(d: Dialect, table: string): string {
  return `${d.readers === d.database ? '' : `${d.readers}.`}${table}${d.on}`
}

/**
 * Snapshots of each test's moments per phase, branch and event, or metric where `event` begins with `$`; event '' counts
 * the users alone. `users` of them are counted, `converted` of them with the event; `mean` and `m2` are of the first of a
 * user's numbers, zeros included. Metrics have the means of all of a user's numbers, then of those from before the
 * exposure, and their co-moments, line by line of the upper triangle; `steps` are users of a funnel by how far they came,
 * `ranks` a quantile's values below, at and above it, and how many events there were. A test that nothing happened to has
 * no new snapshot; a row of test '' says that by then each test's last one was as good as new.
 */
const moments = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, 'moments')} (
    app ${name},
    test ${name},
    as_of ${instant},
    event ${name},
    phase UInt32,
    branch ${name},
    users UInt64,
    converted UInt64,
    mean Float64,
    m2 Float64,
    sum Float64,
    crossover UInt64,
    identified UInt64,
    differing UInt64,
    shared UInt64,
    inferred UInt8,
    means Array(Float64),
    comoments Array(Float64),
    steps Array(UInt64),
    ranks Array(Float64),
    cap Nullable(Float64)
  ) ENGINE = ${d.everywhere('ReplacingMergeTree', 'as_of')}
  ORDER BY (app, test, toStartOfMinute(as_of), event, phase, branch)`

/**
 * Users of an app's tests as they are counted now, one row a user and test; `key` stands for test, user with all ids, first
 * exposure and `until`, before which their phase ends, `arm` for test, phase and branch. `newcomers` are those not yet
 * among `totals`.
 */
const counted = (d: Dialect, table: string) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, table)} (
    key UInt64,
    user_hash UInt64,
    since ${instant},
    until ${instant},
    arm UInt64,
    test ${name},
    phase UInt32,
    branch ${name},
    inferred UInt8,
    crossed UInt8,
    identified UInt8,
    differing UInt8,
    shared UInt8
  ) ENGINE = Memory`

/**
 * What each of them did, per event or measure of a metric: the facts folded so far, so that a snapshot folds only new
 * ones. A cache of one server, built anew at each start. A row of event '' says that the key is known. By test, so that
 * those that are not computed are not read.
 */
const totals = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, 'totals')} (
    app ${name},
    event ${name},
    test ${name},
    key UInt64,
    arm UInt64,
    n SimpleAggregateFunction(sum, UInt64),
    total SimpleAggregateFunction(sum, Float64)
  ) ENGINE = AggregatingMergeTree PARTITION BY app ORDER BY (event, test, key, arm)`

/** The phases of the tests of the app whose moments are computed, oldest first; with `epoch` a test's keys change. */
const phases = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, 'phases')} (
    test String,
    epoch UInt64,
    versions Array(UInt32),
    starts Array(${instant}),
    ends Array(${instant})
  ) ENGINE = Memory`

/** Its tests' measures: events of a test's users, from and to so many milliseconds after their exposure. */
const measures = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, 'measures')} (
    test String,
    event String,
    measure String,
    opens Int64,
    closes Int64
  ) ENGINE = Memory`

/**
 * An app's users who have or had several ids: a row for each id, with what stands for all ids of the person, 0 of who has
 * but one left, and the snapshot in which they last changed. `resolved` is the same while it is found anew.
 */
const people = (d: Dialect, table: string) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, table)} (
    app ${name},
    id UInt64,
    person UInt64,
    ids UInt64,
    shared UInt8,
    epoch UInt64
  ) ENGINE = MergeTree PARTITION BY app ORDER BY id`

/** Who writes a partition, where several processes could: the last of its owners. */
const owners = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS owners${d.on} (
    partition UInt16,
    epoch UInt64,
    owner String
  ) ENGINE = ${d.sharded('MergeTree')} ORDER BY (partition, epoch)`

/** What the controller last told of each canary: a `CanaryHealth` as JSON. */
const canaries = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS ${beside(d, 'canaries')} (
    app ${name},
    test ${name},
    told ${instant},
    health String
  ) ENGINE = ${d.everywhere('ReplacingMergeTree', 'told')} ORDER BY (app, test)`

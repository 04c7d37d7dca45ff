/**
 * The tables of a store. Every insert goes to `inbox`, which keeps nothing: views fold the same block into `events`
 * and into every rollup, so all of them are equals, each filled by one part of one insert, each rebuildable alone.
 *
 * Every insert carries one mark row: app '' (which no event can have), with its partition and the last offset of the
 * range. It flows through every view, so each table's part says how far the log is in it.
 */
export interface Table {
  name: string
  columns: string
  engine: 'MergeTree' | 'AggregatingMergeTree'
  orderBy: string
  /** The fold of a source with the inbox's columns into this table's rows. */
  select: (source: string) => string
  /** A query for the greatest offset stored of `{partition:UInt16}`, or null. */
  mark: (table: string) => string
}

export const INBOX = 'inbox'

/** Accepts what the inbox accepts and passes it to no view: where a refused batch is searched for the culprit. */
export const PROBE = 'probe'

/** Column types in use all over. */
export const name = 'LowCardinality(String)'
export const instant = "DateTime64(3, 'UTC')"

export const eventColumns = `
  id String,
  app ${name},
  user String,
  event ${name},
  value Float64,
  time ${instant},
  tests Map(${name}, ${name}),
  props Map(${name}, String),
  received ${instant},
  partition UInt16,
  offset UInt64`

const month = 'toYYYYMM(received) AS month'
/** A user of an app, so that joins need no other key. Mark rows keep their partition there. */
const userHash = "if(app = '', toUInt64(partition), cityHash64(app, user))"

/** Log-scale cells of ratio 1.02: zero is 0, positive values are 40000 + ceil(log_γ v), negative ones mirror them. */
const cell = 'toInt32(if(value = 0, 0, sign(value) * (40000 + ceil(log(abs(value)) / log(1.02)))))'

/** A number of 64 bits as bytes that sort as it does, from zero up. */
const bigEndian = (number: string) => `reverse(reinterpretAsFixedString(${number}))`

const markByPartition = (table: string) =>
  `SELECT max(offset) AS mark FROM ${table} WHERE app = '' AND partition = {partition:UInt16} HAVING count() > 0`

export const events: Table = {
  name: 'events',
  // By `offset` a snapshot finds what came since the last one without reading older parts.
  columns: `${eventColumns},
  INDEX logged offset TYPE minmax,
  INDEX happened time TYPE minmax`,
  engine: 'MergeTree',
  orderBy: 'app, event, time',
  select: (source) => `SELECT * FROM ${source}`,
  mark: markByPartition,
}

/** Series of any event by test and branch, in quarter hours, so that every time zone's days come out. */
const bucketRollup: Table = {
  name: 'bucket_rollup',
  columns: `
  month UInt32,
  app ${name},
  test ${name},
  branch ${name},
  event ${name},
  cell DateTime('UTC'),
  n SimpleAggregateFunction(sum, UInt64),
  sum SimpleAggregateFunction(sum, Float64),
  variance AggregateFunction(varPopStable, Float64),
  min SimpleAggregateFunction(min, Float64),
  max SimpleAggregateFunction(max, Float64),
  users AggregateFunction(uniqCombined64, UInt64),
  histogram SimpleAggregateFunction(sumMap, Map(Int32, UInt64)),
  mark SimpleAggregateFunction(max, UInt64)`,
  engine: 'AggregatingMergeTree',
  orderBy: 'app, test, event, cell, branch',
  select: (source) => `
    SELECT ${month}, app, test, if(app = '', toString(partition), substringIndex(assigned, '@', 1)) AS branch, event,
      toStartOfInterval(time, INTERVAL 15 MINUTE) AS cell,
      count() AS n, sum(value) AS sum, varPopStableState(value) AS variance, min(value) AS min, max(value) AS max,
      uniqCombined64State(cityHash64(user)) AS users, sumMap(map(${cell}, toUInt64(1))) AS histogram,
      max(if(app = '', offset, 0)) AS mark
    FROM ${source} LEFT ARRAY JOIN mapKeys(tests) AS test, mapValues(tests) AS assigned
    GROUP BY month, app, test, branch, event, cell`,
  mark: (table) =>
    `SELECT max(mark) AS mark FROM ${table} WHERE app = '' AND branch = toString({partition:UInt16}) HAVING count() > 0`,
}

/**
 * Who is in a test since when. `first` sorts as (is no $exposure, time, offset, assigned), so that an exposure wins over
 * any other event, and the first one wins among equals; as bytes, since the least of such tuples takes the engine twice
 * as long. `low` and `high` differ for a user who was seen in two branches. Gates that count what they send are no users.
 */
export const exposures: Table = {
  name: 'exposures',
  columns: `
  month UInt32,
  app ${name},
  test ${name},
  user_hash UInt64,
  first SimpleAggregateFunction(min, String),
  low SimpleAggregateFunction(min, UInt64),
  high SimpleAggregateFunction(max, UInt64),
  mark SimpleAggregateFunction(max, UInt64)`,
  engine: 'AggregatingMergeTree',
  orderBy: 'app, test, user_hash',
  select: (source) => `
    SELECT ${month}, app, test, ${userHash} AS user_hash,
      min(concat(if(event = '$exposure', '0', '1'), ${bigEndian('toUnixTimestamp64Milli(time)')}, ${bigEndian('offset')}, assigned)) AS first,
      min(cityHash64(substringIndex(assigned, '@', 1)) AS branch_hash) AS low, max(branch_hash) AS high,
      max(if(app = '', offset, 0)) AS mark
    FROM ${source}
    ARRAY JOIN if(app = '', [''], mapKeys(tests)) AS test, if(app = '', [''], mapValues(tests)) AS assigned
    WHERE event != '$sent'
    GROUP BY month, app, test, user_hash`,
  mark: (table) =>
    `SELECT max(mark) AS mark FROM ${table} WHERE app = '' AND user_hash = {partition:UInt16} HAVING count() > 0`,
}

/** `branch` or `branch@version` in `exposures.first`, as SQL: what follows a flag and two numbers. */
const assigned = (first: string) => `substring(${first}, 18)`

/** The parts of `exposures.first`, as SQL. */
export const firstSeen = {
  inferred: (first: string) => `startsWith(${first}, '1')`,
  time: (first: string) => `fromUnixTimestamp64Milli(reinterpretAsInt64(reverse(substring(${first}, 2, 8))), 'UTC')`,
  branch: (first: string) => `substringIndex(${assigned(first)}, '@', 1)`,
  version: (first: string) => `toUInt32OrZero(splitByChar('@', ${assigned(first)})[2])`,
}

/** What each user did, whatever the tests: a test's metrics are the join of `exposures` with these. */
export const facts: Table = {
  name: 'facts',
  columns: `
  month UInt32,
  app ${name},
  event ${name},
  user_hash UInt64,
  time ${instant},
  value Float64,
  partition UInt16,
  offset UInt64,
  INDEX logged offset TYPE minmax,
  INDEX happened time TYPE minmax`,
  engine: 'MergeTree',
  orderBy: 'app, event, user_hash, time',
  select: (source) =>
    `SELECT ${month}, app, event, ${userHash} AS user_hash, time, value, partition, offset FROM ${source}`,
  mark: markByPartition,
}

/**
 * Which known id an id was linked to, by `$identify`. `first` sorts as (time, offset, hash of the known id), so that the
 * first link wins; `low` and `high` differ for an id that was linked to two.
 */
export const aliases: Table = {
  name: 'aliases',
  columns: `
  month UInt32,
  app ${name},
  alias UInt64,
  first SimpleAggregateFunction(min, String),
  low SimpleAggregateFunction(min, UInt64),
  high SimpleAggregateFunction(max, UInt64),
  mark SimpleAggregateFunction(max, UInt64)`,
  engine: 'AggregatingMergeTree',
  orderBy: 'app, alias',
  select: (source) => `
    SELECT ${month}, app, ${userHash} AS alias,
      min(concat(${bigEndian('toUnixTimestamp64Milli(time)')}, ${bigEndian('offset')}, ${bigEndian('known')})) AS first,
      min(cityHash64(app, props['user']) AS known) AS low, max(known) AS high, max(if(app = '', offset, 0)) AS mark
    FROM ${source}
    WHERE app = '' OR (event = '$identify' AND props['user'] NOT IN ('', user))
    GROUP BY month, app, alias`,
  mark: (table) =>
    `SELECT max(mark) AS mark FROM ${table} WHERE app = '' AND alias = {partition:UInt16} HAVING count() > 0`,
}

/** The hash of the known id in `aliases.first`, as SQL. */
export const firstKnown = (first: string) => `reinterpretAsUInt64(reverse(substring(${first}, 17, 8)))`

/** Ids of imported rows, `import:DIGEST:SEQUENCE`, as one bitmap an insert: a file sent twice counts once at any distance. */
export const imports: Table = {
  name: 'imports',
  columns: `
  month UInt32,
  app ${name},
  digest String,
  partition UInt16,
  offset UInt64,
  rows AggregateFunction(groupBitmap, UInt32),
  mark SimpleAggregateFunction(max, UInt64)`,
  engine: 'AggregatingMergeTree',
  orderBy: 'app, digest, partition, offset',
  select: (source) => `
    SELECT ${month}, app, splitByChar(':', id)[2] AS digest, partition,
      if(app = '', 0, max(s.offset)) AS offset,
      groupBitmapState(toUInt32OrZero(splitByChar(':', id)[3])) AS rows,
      max(if(app = '', s.offset, 0)) AS mark
    FROM ${source} AS s WHERE startsWith(id, 'import:') OR app = '' GROUP BY month, app, digest, partition`,
  mark: (table) =>
    `SELECT max(mark) AS mark FROM ${table} WHERE app = '' AND partition = {partition:UInt16} HAVING count() > 0`,
}

/** In the order they are filled: `events` first, since the others are filled from it. */
export const tables = [events, bucketRollup, exposures, facts, aliases, imports] as const

/** The names of a table's columns, in the order in which it is filled: a newer version may have added others. */
export const columnNames = ({ columns }: Table): string =>
  [...columns.matchAll(/^ *(?!INDEX)(\w+) /gm)].map(([, column]) => column).join(', ')

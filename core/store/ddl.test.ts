import { expect, test } from 'vitest'
import { createTicket, databases, dropPipeline, exchangeTables, schema } from './ddl.js'
import { cluster, oneServer } from './dialect.js'
import { tables } from './schema.js'

const one = oneServer('assay')
const many = cluster('main', 'assay')

const flat = (sql: string) => sql.replaceAll(/\s+/g, ' ').trim()
/** A statement without the columns and the fold that both dialects have alike. */
const outline = (sql: string) =>
  flat(sql)
    .replace(/ \(.*\) (ENGINE = )/, ' (…) $1')
    .replace(/ AS SELECT .*/, ' AS SELECT …')
const statement = (start: string) =>
  schema(many)
    .map(outline)
    .filter((sql) => sql.startsWith(start))

test('a cluster has a database of each shard’s tables and one for those who read', () => {
  expect(databases(one)).toEqual(['CREATE DATABASE IF NOT EXISTS assay ENGINE = Atomic'])
  expect(databases(many)).toEqual([
    "CREATE DATABASE IF NOT EXISTS assay ON CLUSTER 'main' ENGINE = Atomic",
    "CREATE DATABASE IF NOT EXISTS assay_all ON CLUSTER 'main' ENGINE = Atomic",
  ])
})

test('each shard has tables of its own, which its replicas copy, tokens included', () => {
  expect(statement('CREATE TABLE IF NOT EXISTS exposures ')).toEqual([
    "CREATE TABLE IF NOT EXISTS exposures ON CLUSTER 'main' (…)" +
      " ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')" +
      ' PARTITION BY month ORDER BY (app, test, user_hash)' +
      ' SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,' +
      ' replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800',
  ])
})

test('a batch passes through the shard’s own tables only', () => {
  expect(statement('CREATE TABLE IF NOT EXISTS inbox')).toEqual([
    "CREATE TABLE IF NOT EXISTS inbox ON CLUSTER 'main' (…) ENGINE = Null",
  ])
  expect(statement('CREATE MATERIALIZED VIEW')).toEqual(
    tables.map(
      ({ name }) => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name}_view ON CLUSTER 'main' TO ${name} AS SELECT …`,
    ),
  )
})

test('readers see all shards under the same names; no key spreads rows, so an insert there is refused', () => {
  expect(statement('CREATE TABLE IF NOT EXISTS assay_all.').filter((sql) => sql.includes('Distributed'))).toEqual(
    tables.map(
      ({ name }) =>
        `CREATE TABLE IF NOT EXISTS assay_all.${name} ON CLUSTER 'main'` +
        ` AS assay.${name} ENGINE = Distributed('main', assay, ${name})`,
    ),
  )
})

test('snapshots are the same on every server; what they are computed from is one server’s', () => {
  expect(statement('CREATE TABLE IF NOT EXISTS assay_all.').filter((sql) => !sql.includes('Distributed'))).toEqual([
    "CREATE TABLE IF NOT EXISTS assay_all.moments ON CLUSTER 'main' (…)" +
      " ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}', '{shard}-{replica}', as_of)" +
      ' ORDER BY (app, test, toStartOfMinute(as_of), event, phase, branch)',
    "CREATE TABLE IF NOT EXISTS assay_all.counted ON CLUSTER 'main' (…) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS assay_all.newcomers ON CLUSTER 'main' (…) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS assay_all.totals ON CLUSTER 'main' (…)" +
      ' ENGINE = AggregatingMergeTree PARTITION BY app ORDER BY (event, test, key, arm)',
    "CREATE TABLE IF NOT EXISTS assay_all.phases ON CLUSTER 'main' (…) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS assay_all.measures ON CLUSTER 'main' (…) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS assay_all.people ON CLUSTER 'main' (…) ENGINE = MergeTree PARTITION BY app ORDER BY id",
    "CREATE TABLE IF NOT EXISTS assay_all.resolved ON CLUSTER 'main' (…) ENGINE = MergeTree PARTITION BY app ORDER BY id",
    "CREATE TABLE IF NOT EXISTS assay_all.canaries ON CLUSTER 'main' (…)" +
      " ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}', '{shard}-{replica}', told)" +
      ' ORDER BY (app, test)',
  ])
})

test('every statement goes to the whole cluster, those of a replay too', () => {
  const statements = [
    ...schema(many),
    createTicket(many, 'ticket'),
    ...dropPipeline(many, '_replay'),
    exchangeTables(many, '_replay', 'ticket'),
  ]
  expect(statements.filter((sql) => !sql.includes(" ON CLUSTER 'main'"))).toEqual([])
  expect(exchangeTables(many, '_replay', 'ticket')).toMatch(
    /^EXCHANGE TABLES probe AND ticket, events AND events_replay, .* ON CLUSTER 'main'$/,
  )
  expect(dropPipeline(many, '_replay')[0]).toBe("DROP VIEW IF EXISTS events_view_replay ON CLUSTER 'main' SYNC")
})

test('columns, orders and folds are those of one server', () => {
  const common = (sql: string) =>
    flat(sql)
      .replaceAll(/ ON CLUSTER '\w+'|assay_all\.|Replicated|\('\/clickhouse[^)]*\)|\((as_of|told)\)/g, '')
      .replace(/(non_)?replicated_deduplication_window = 1000(, replicated_\w+ = \d+)?/, 'tokens')
  const shared = schema(many).filter((sql) => !sql.includes('Distributed'))
  expect(shared.map(common)).toEqual(schema(one).map(common))
})

test('one server knows nothing of clusters', () => {
  expect(schema(one).filter((sql) => /CLUSTER|Replicated|Distributed|assay/.test(sql))).toEqual([])
})

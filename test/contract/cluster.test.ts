import { randomUUID } from 'node:crypto'
import { Aggregator } from '@assay/aggregator/aggregator'
import { Moments } from '@assay/aggregator/moments/moments'
import type { Log } from '@assay/core/log/log'
import { schema } from '@assay/core/store/ddl'
import { cluster } from '@assay/core/store/dialect'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCluster } from '../support/cluster.js'
import { event, NOON } from '../support/entry.js'
import { storeContract } from './store.contract.js'

const { openStore, close } = await openCluster()
afterAll(close)

storeContract('a cluster of one server, chDB over HTTP', () => openStore())

describe('the statements for a cluster', () => {
  let store: Store
  beforeAll(async () => {
    store = await openStore()
  })
  afterAll(() => store.close())

  /** The cluster's own words cannot be carried out here; a table's UUID is what they would have brought along. */
  const here = (sql: string) =>
    sql
      .replace(" ON CLUSTER 'one'", '')
      .replace(/(CREATE TABLE IF NOT EXISTS \S+)(?=.*Replicated)/s, `$1 UUID '${randomUUID()}'`)

  test('are ones that the engine understands', async () => {
    const { database } = store.dialect
    for (const sql of schema(cluster('one', database))) {
      const [row] = await store.write.query<{ sql: string }>('SELECT formatQuery({sql:String}) AS sql', { sql })
      expect(row!.sql).toContain('ON CLUSTER one')
    }
  })

  test('make replicated tables that take their settings', async () => {
    const { database, readers } = store.dialect
    for (const sql of schema(cluster('one', database))) await store.write.command(here(sql))
    const made = await store.write.query<{ name: string; engine: string }>(
      `SELECT name, engine FROM system.tables WHERE database IN ('${database}', '${readers}') AND engine LIKE 'Replicated%' ORDER BY name`,
    )
    expect(made).toEqual([
      { name: 'aliases', engine: 'ReplicatedAggregatingMergeTree' },
      { name: 'bucket_rollup', engine: 'ReplicatedAggregatingMergeTree' },
      { name: 'canaries', engine: 'ReplicatedReplacingMergeTree' },
      { name: 'events', engine: 'ReplicatedMergeTree' },
      { name: 'exposures', engine: 'ReplicatedAggregatingMergeTree' },
      { name: 'facts', engine: 'ReplicatedMergeTree' },
      { name: 'imports', engine: 'ReplicatedAggregatingMergeTree' },
      { name: 'moments', engine: 'ReplicatedReplacingMergeTree' },
      { name: 'owners', engine: 'ReplicatedMergeTree' },
    ])
  })
})

describe('a cluster of two shards', () => {
  let store: Store
  beforeAll(async () => {
    // Both are this one server, so readers see every row twice.
    store = await openStore('twice')
    await migrate(store)
    const rows = [
      event({ id: '1', event: '$exposure', tests: { t: 'a' } }),
      event({ id: '2', time: NOON + 1 }),
      event({ id: '3', user: 'bob', event: '$exposure', tests: { t: 'b' } }),
    ]
    const lines = rows.map((row, offset) => `${JSON.stringify({ partition: 0, offset, ...row })}\n`)
    await store.write.insertLines('inbox', [Buffer.from(lines.join(''))], 'three')
  })
  afterAll(() => store.close())

  test('shows readers the rows of both, and the writer those of its own', async () => {
    const sql = 'SELECT count() AS n FROM events'
    expect(await store.write.query(sql)).toEqual([{ n: 3 }])
    expect(await store.read.query(sql)).toEqual([{ n: 6 }])
  })

  test('has moments over both, whose joins take one server’s tables along', async () => {
    await new Moments(store, 'shop').snapshot([3], NOON)
    const rows = await store.read.query("SELECT event, branch, users FROM moments WHERE test != '' ORDER BY ALL")
    expect(rows).toEqual([
      { event: '', branch: 'a', users: 2 },
      { event: '', branch: 'b', users: 2 },
      { event: 'view', branch: 'a', users: 2 },
      { event: 'view', branch: 'b', users: 2 },
    ])
  })

  test('knows users by ids of whichever shard', async () => {
    const rows = [
      event({ id: '4', user: 'carl', event: '$identify', props: { user: 'dora' } }),
      event({ id: '5', user: 'dora', event: '$identify', props: { user: 'ann' } }),
      event({ id: '6', user: 'carl', event: 'buy', time: NOON + 1 }),
    ]
    const lines = rows.map((row, i) => `${JSON.stringify({ partition: 0, offset: 3 + i, ...row })}\n`)
    await store.write.insertLines('inbox', [Buffer.from(lines.join(''))], 'links')
    await new Moments(store, 'shop', undefined, 1).snapshot([6], NOON + 60_000)
    const found = await store.read.query(
      "SELECT event, branch, users, identified, sum FROM moments WHERE as_of > '2026-05-13 12:00:00' AND branch = 'a' ORDER BY ALL",
    )
    const ann = { branch: 'a', users: 1, identified: 1 }
    expect(found).toEqual([
      { event: '', ...ann, sum: 0 },
      { event: 'buy', ...ann, sum: 2 },
      { event: 'view', ...ann, sum: 2 },
    ])
  })

  test('is refused by aggregators: each would write partitions to a shard of its own', async () => {
    const log = { partitions: () => 1 } as unknown as Log
    await expect(Aggregator.start({ log, store })).rejects.toMatchObject({
      code: 'store-sharded',
      message: 'Expected cluster twice to have one shard; it has 2.',
    })
  })

  test('takes no rows but through a shard', async () => {
    const inserted = store.read.command("INSERT INTO events (id) VALUES ('4')")
    await expect(inserted).rejects.toMatchObject({ code: '55' })
  })
})

test('a store made for one server is refused by a cluster, and the other way round', async () => {
  const store = await openStore()
  await migrate(store)
  const other = { ...store, dialect: { ...store.dialect, on: '', readers: store.dialect.database } }
  await expect(migrate(other)).rejects.toMatchObject({ code: 'schema-changed' })
  await store.close()
})

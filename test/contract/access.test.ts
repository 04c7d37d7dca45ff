import { text } from 'node:stream/consumers'
import { analystRights, createUser, type Rights, readerRights, writerRights } from '@assay/core/store/access'
import { openClickHouseStore } from '@assay/core/store/clickhouse'
import { createTicket, dropPipeline, exchangeTables, pipeline } from '@assay/core/store/ddl'
import { cluster, oneServer } from '@assay/core/store/dialect'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantOnly } from '../support/clickhouse-config.js'
import { type ClickHouseProcess, startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { makeTempDir } from '../support/temp.js'
import { storeContract } from './store.contract.js'

const dialect = oneServer('assay')
const place = makeTempDir()
let server: ClickHouseProcess

/** The server again on the same data, everything it does with these rights; null for all rights. */
async function openAs(rights: Rights | null): Promise<Store> {
  const account = { user: rights?.user ?? 'default', password: 'secret' }
  const config = rights === null ? {} : { config: grantOnly(place.path, rights) }
  server = await startClickHouseProcess({ path: place.path, ...account, ...config })
  const store = await openClickHouseStore({ url: server.url, ...account, database: dialect.database })
  const close = () => store.close().then(() => server.end('SIGKILL'))
  return { ...store, close }
}

beforeAll(() => openAs(null).then((store) => store.close()))
afterAll(place.remove)

const writer = writerRights(dialect)
// The test server hands rows to its engine as a file.
const own = { ...writer, grants: [...writer.grants, 'READ ON FILE'] }
// A newer version, whose step this is, says its rights again first.
const newer = { ...own, grants: [...own.grants, `ALTER COLUMN ON ${dialect.database}.events`] }
storeContract('a server, with the rights of a writer', () => openAs(newer))

describe('a writer', () => {
  let store: Store
  beforeAll(async () => {
    store = await openAs(own)
  })
  afterAll(() => store.close())

  test.each([dialect, cluster('main', 'assay')])('is made, like a reader, by words the engine knows', async (d) => {
    for (const sql of [writerRights(d), readerRights(d), analystRights(d)].flatMap((rights) =>
      createUser(d, rights, "it's"),
    )) {
      const [row] = await store.read.query<{ sql: string }>('SELECT formatQuery({sql:String}) AS sql', { sql })
      expect(row!.sql).toMatch(/^(CREATE USER OR REPLACE|GRANT) /)
    }
  })

  test('can replay, and clear what moments are made of', async () => {
    const { write, dialect } = store
    const statements = [
      ...pipeline(dialect, '_replay', 'a note'),
      createTicket(dialect, 'ticket'),
      exchangeTables(dialect, '_replay', 'ticket'),
      exchangeTables(dialect, '_replay', 'ticket'),
      'DROP TABLE ticket',
      ...dropPipeline(dialect, '_replay'),
      'TRUNCATE TABLE counted',
      "ALTER TABLE totals DROP PARTITION 'shop'",
    ]
    for (const statement of statements) await write.command(statement)
  })

  test.each([
    'CREATE DATABASE other',
    'DROP DATABASE assay',
    'CREATE TABLE default.other (a UInt8) ENGINE = Memory',
    'CREATE USER other',
    'GRANT SELECT ON assay.* TO default',
    "SELECT * FROM url('http://127.0.0.1:1', 'LineAsString')",
  ])('cannot %s', async (statement) => {
    await expect(store.write.command(statement)).rejects.toMatchObject({ code: '497' })
  })
})

describe('a reader', () => {
  let store: Store
  beforeAll(async () => {
    store = await openAs(readerRights(dialect))
  })
  afterAll(() => store.close())

  test('can read, with the settings of the read lane', async () => {
    const rows = await store.read.query('SELECT app FROM events WHERE app = {app:String} LIMIT 1', { app: 'shop' })
    expect(rows).toEqual([{ app: 'shop' }])
  })

  test('can export, for ten minutes', async () => {
    const rows = await store.exports.bytes("SELECT toUInt32(getSetting('max_execution_time')) AS s", 'JSONEachRow')
    expect(await text(rows)).toBe('{"s":600}\n')
  })

  test.each([
    ['INSERT INTO events SELECT * FROM events', '497'],
    ['CREATE TABLE other (a UInt8) ENGINE = Memory', '497'],
    ['DROP TABLE events', '497'],
    ['ALTER TABLE events DELETE WHERE 1', '497'],
    ["SELECT * FROM file('/etc/hostname', 'LineAsString')", '497'],
    ['SELECT * FROM system.users', '497'],
    ['SELECT 1 SETTINGS max_execution_time = 1000', '164'],
  ])('cannot %s', async (statement, code) => {
    await expect(store.read.command(statement)).rejects.toMatchObject({ code })
  })

  test('cannot write, since the other lanes have settings of their own', async () => {
    await expect(store.write.query('SELECT 1')).rejects.toMatchObject({ code: '164' })
    await expect(migrate(store)).rejects.toMatchObject({ code: '164' })
  })
})

import { type ClickHouseOptions, openClickHouseStore } from '@assay/core/store/clickhouse'
import { checksum, migrate } from '@assay/core/store/migrate'
import { migrations } from '@assay/core/store/migrations'
import { generate } from 'selfsigned'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { newDatabase, openClickHouse, openServerStore } from '../support/clickhouse.js'
import { startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { tempDir } from '../support/temp.js'

const server = await openClickHouse()
afterAll(server.close)

async function open(options: Partial<ClickHouseOptions>) {
  const store = await openServerStore(server, options)
  onTestFinished(() => store.close())
  return store
}

describe('opening', () => {
  test.each([
    ['a wrong password', { password: 'wrong' }, /^ClickHouse at \S+ could not be used: .*Authentication/],
    ['nobody there', { url: 'http://127.0.0.1:1' }, /^ClickHouse at 127\.0\.0\.1:1 could not be used: .*ECONNREFUSED/],
    ['no such cluster', { cluster: 'none' }, /could not be used: .*[Cc]luster 'none' not found/],
  ])('fails with %s', async (_, options, message) => {
    await expect(open(options)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(message),
    })
  })

  test('on TLS needs the authority that signed the server’s certificate', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    })
    const account = { user: 'default', password: 'secret' }
    const { url, end } = await startClickHouseProcess({ path: tempDir(), ...account, tls: { key, cert } })
    onTestFinished(() => end('SIGKILL'))
    await expect(open({ url, ...account })).rejects.toMatchObject({ message: expect.stringContaining('certificate') })
    const store = await open({ url, ...account, ca: Buffer.from(cert) })
    expect(await store.read.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

test('processes that start at once make one schema between them', async () => {
  const database = newDatabase()
  const others = Promise.all(Array.from({ length: 3 }, () => openClickHouseStore({ ...server, database })))
  const stores = [await open({ database }), ...(await others)] as const
  await Promise.all(stores.map((store) => migrate(store)))
  await Promise.all(stores.map((store) => migrate(store)))
  for (const store of await others) await store.close()
  const [{ read, dialect }] = stores
  expect(await read.query('SELECT DISTINCT version, checksum FROM schema_version')).toEqual(
    migrations.map((step) => ({ version: step.version, checksum: checksum(step, dialect) })),
  )
  expect(await read.query(`SELECT count() AS n FROM system.tables WHERE database = '${database}'`)).toEqual([{ n: 25 }])
})

import { analystRights } from '@assay/core/store/access'
import { openChdbStore } from '@assay/core/store/chdb'
import { openClickHouseStore } from '@assay/core/store/clickhouse'
import { oneServer } from '@assay/core/store/dialect'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { grantOnly } from '../support/clickhouse-config.js'
import { startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { event } from '../support/entry.js'
import { makeTempDir } from '../support/temp.js'
import { analystContract } from './analyst.contract.js'

async function fill(store: Store): Promise<Store> {
  await migrate(store)
  const line = { ...event({ id: 'a' }), partition: 0, offset: 0 }
  await store.write.insertLines('inbox', [Buffer.from(`${JSON.stringify(line)}\n`)], 'a')
  return store
}

analystContract('chDB in process', async () => {
  const { path, remove } = makeTempDir()
  const store = await fill(await openChdbStore(path, { sql: true }))
  return { ...store, close: () => store.close().then(remove) }
})

analystContract('a server, with the rights of an analyst', async () => {
  const { path, remove } = makeTempDir()
  const account = { user: 'default', password: 'secret' }
  const all = await startClickHouseProcess({ path, ...account })
  await fill(await openClickHouseStore({ url: all.url, ...account, database: 'assay' })).then((store) => store.close())
  await all.end('SIGTERM')
  const config = grantOnly(path, analystRights(oneServer('assay')))
  const few = await startClickHouseProcess({ path, ...account, config })
  const store = await openClickHouseStore({ url: few.url, ...account, database: 'assay', analyst: account })
  const close = async () => {
    await store.close()
    await few.end('SIGKILL')
    remove()
  }
  return { ...store, close }
})

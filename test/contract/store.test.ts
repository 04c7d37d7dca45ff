import { openChdbStore } from '@assay/core/store/chdb'
import { openClickHouse, openServerStore } from '../support/clickhouse.js'
import { makeTempDir } from '../support/temp.js'
import { storeContract } from './store.contract.js'

storeContract('chDB in process', async () => {
  const { path, remove } = makeTempDir()
  const store = await openChdbStore(path)
  const close = () => store.close().then(remove)
  return { ...store, close }
})

const server = await openClickHouse()
storeContract(`a server: ${server.kind}`, async () => {
  const store = await openServerStore(server)
  const close = () => store.close().then(server.close)
  return { ...store, close }
})

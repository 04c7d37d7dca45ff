import { openClickHouseStore } from '@assay/core/store/clickhouse'
import { databases } from '@assay/core/store/ddl'
import { cluster, type Dialect, oneServer } from '@assay/core/store/dialect'
import type { Store } from '@assay/core/store/store'
import { newDatabase } from './clickhouse.js'
import { clustersOfOne } from './clickhouse-config.js'
import { type ClickHouseProcess, startClickHouseProcess } from './clickhouse-server-process.js'
import { makeTempDir } from './temp.js'

const account = { user: 'default', password: 'secret' }

/** The embedded engine as the only server of clusters; until it is closed. */
export async function openCluster() {
  const { path, remove } = makeTempDir()
  const server = await startClickHouseProcess({ path, ...account, config: clustersOfOne(path) })
  const close = () => server.end('SIGKILL').then(remove)
  return { openStore: (name: 'one' | 'twice' = 'one') => openOnCluster(server, name), close }
}

/**
 * A store whose readers look through `Distributed` tables. The embedded engine cannot carry statements to a cluster, nor
 * fill replicated tables: in its dialect those two are as on one server.
 */
async function openOnCluster({ url }: ClickHouseProcess, name: string): Promise<Store> {
  const database = newDatabase()
  const { sharded, everywhere, on, tokens } = oneServer(database)
  const dialect: Dialect = { ...cluster(name, database), sharded, everywhere, on, tokens }
  const plain = await openClickHouseStore({ url, ...account, database })
  for (const statement of databases(dialect)) await plain.write.command(statement)
  await plain.close()
  const store = await openClickHouseStore({ url, ...account, database, cluster: name })
  return { ...store, dialect }
}

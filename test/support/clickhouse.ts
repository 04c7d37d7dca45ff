import { randomUUID } from 'node:crypto'
import { type ClickHouseOptions, openClickHouseStore } from '@assay/core/store/clickhouse'
import type { Store } from '@assay/core/store/store'
import { startClickHouseProcess } from './clickhouse-server-process.js'
import { makeTempDir } from './temp.js'

/** A ClickHouse to test against, with rights to make databases. */
export interface ClickHouse {
  /** Which of the three it is. */
  kind: 'given' | 'Docker' | 'chDB over HTTP'
  url: string
  user: string
  password: string
  close: () => Promise<void>
}

const IMAGE = 'clickhouse/clickhouse-server:26.7'

/** The one at `CLICKHOUSE_URL`; else one in Docker, if it runs here; else the embedded engine behind HTTP. */
export async function openClickHouse(): Promise<ClickHouse> {
  const { CLICKHOUSE_URL: url, CLICKHOUSE_USER: user = 'default', CLICKHOUSE_PASSWORD: password = '' } = process.env
  if (url !== undefined) return { kind: 'given', url, user, password, close: async () => {} }
  return (await inDocker()) ?? overChdb()
}

async function inDocker(): Promise<ClickHouse | null> {
  const { ClickHouseContainer } = await import('@testcontainers/clickhouse')
  const container = new ClickHouseContainer(IMAGE).withEnvironment({ CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1' })
  const started = await container.start().catch((error: Error) => {
    if (error.message.includes('container runtime')) return null
    throw error
  })
  if (started === null) return null
  const [user, password] = [started.getUsername(), started.getPassword()]
  return { kind: 'Docker', url: started.getHttpUrl(), user, password, close: async () => void (await started.stop()) }
}

async function overChdb(): Promise<ClickHouse> {
  const { path, remove } = makeTempDir()
  const account = { user: 'default', password: 'secret' }
  const { url, end } = await startClickHouseProcess({ path, ...account })
  const close = async () => {
    await end('SIGKILL')
    remove()
  }
  return { kind: 'chDB over HTTP', url, ...account, close }
}

/** A name that no other test has. */
export function newDatabase(): string {
  return `assay_${randomUUID().replaceAll('-', '')}`
}

/** A store whose database goes when it is closed. */
export async function openServerStore(
  server: Pick<ClickHouse, 'url' | 'user' | 'password'>,
  options: Partial<ClickHouseOptions> = {},
): Promise<Store> {
  const store = await openClickHouseStore({ ...server, database: newDatabase(), ...options })
  const close = async () => {
    await store.write.command(`DROP DATABASE ${store.dialect.database} SYNC`)
    await store.close()
  }
  return { ...store, close }
}

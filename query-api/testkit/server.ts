import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlFollower } from '@assay/core/control/follower'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import type { Log } from '@assay/core/log/log'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { queryApi } from '../query-api.js'

export const NOW = Date.parse('2026-06-15T12:00:00Z')
export const keys = createKeys()
export const ring = new KeyRing(keys)

export interface Harness {
  server: FastifyInstance
  store: Store
  log: Log
  control: ControlFollower
  /** Asks with the read key. */
  get(url: string): Promise<LightMyRequestResponse>
  /** Writes bytes to a file that goes with the server. */
  keep(bytes: Uint8Array): Promise<string>
  close(): Promise<void>
}

/** A server with nothing but the query API, over a store and a log of its own: one a test file. */
export async function startQueryApi(clock = () => NOW): Promise<Harness> {
  const path = mkdtempSync(join(tmpdir(), 'assay-query-'))
  const store = await openChdbStore(join(path, 'store'), { sql: true })
  await migrate(store)
  const log = openLmdbLog(join(path, 'log'))
  const control = await ControlFollower.start(log, (error) => {
    throw error
  })
  const server = fastify({ forceCloseConnections: 'idle', routerOptions: { maxParamLength: 2000 } })
  await server.register(queryApi, { store, log, keys: ring, control, clock })
  await server.ready()
  return {
    server,
    store,
    log,
    control,
    get: (url) => server.inject({ url, headers: { authorization: `Bearer ${keys.read}` } }),
    async keep(bytes) {
      const file = join(path, randomUUID())
      await writeFile(file, bytes)
      return file
    },
    async close() {
      await server.close()
      await control.close()
      await store.close()
      await log.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

import { resolve } from 'node:path'
import { Aggregator } from '@assay/aggregator/aggregator'
import type { Config } from '@assay/core/config/config'
import type { Keys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import type { Store } from '@assay/core/store/store'
import { newCounters } from '@assay/ingest/options'
import { pino } from 'pino'
import { announce, openDataDirectory, withdraw } from './data-directory.js'
import { buildServer } from './server.js'

export interface UpOptions {
  data: string
  host: string
  port: number
  config: Config
}

export interface Up {
  url: string
  data: string
  keys: Keys
  /** Whether this start made the data directory. */
  firstStart: boolean
  /** Refuses new requests, finishes those under way, counts what was acknowledged, then closes. */
  close: () => Promise<void>
}

/** Starts every stage in this process, on one port and one data directory. @throws AssayError `data-in-use` */
export async function up({ data, host, port, config }: UpOptions): Promise<Up> {
  const path = resolve(data)
  const logger = pino({ level: config.ASSAY_LOG_LEVEL, base: null })
  const directory = openDataDirectory(path)
  // The store locks the directory, so it opens before anything else touches the data.
  const store = await openChdbStore(directory.store)
  const log = openLmdbLog(directory.log)
  const aggregator = await Aggregator.start({
    log,
    store,
    idWindow: config.ASSAY_ID_WINDOW,
    // Engine errors quote rows; a short head says what is wrong without the users' data.
    onError: (error) => logger.warn({ error: String(error).slice(0, 200) }, 'the store failed, trying again'),
  })
  const counters = newCounters()
  const knownTests = await readKnownTests(store)
  const { keys } = directory
  const server = await buildServer({ log, store, keys, aggregator, counters, knownTests, config, logger })
  const close = async () => {
    withdraw(path)
    await server.close()
    await drained(aggregator)
    await aggregator.close()
    await store.close()
    await log.close()
  }
  const url = await server.listen({ host, port }).catch(async (error) => {
    await close()
    throw error
  })
  announce(path, url)
  return { url, data: path, keys, firstStart: directory.firstStart, close }
}

function readKnownTests(store: Store): Promise<{ app: string; test: string }[]> {
  return store.read.query("SELECT DISTINCT app, test FROM bucket_rollup WHERE app != ''")
}

/** Milliseconds a stop may spend on counting; what is left is counted after the next start. */
const DRAIN = 5000

async function drained(aggregator: Aggregator): Promise<void> {
  const deadline = Date.now() + DRAIN
  while (Date.now() < deadline && (await aggregator.status()).lag > 0) await new Promise((r) => setTimeout(r, 50))
}

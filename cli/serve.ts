import { join, resolve } from 'node:path'
import { Aggregator } from '@assay/aggregator/aggregator'
import type { Controller, ControllerOptions } from '@assay/controller/controller'
import type { AskMetrics } from '@assay/controller/evidence/metric'
import type { Config } from '@assay/core/config/config'
import { ControlFollower } from '@assay/core/control/follower'
import { AssayError } from '@assay/core/errors'
import { KeyRing } from '@assay/core/key-ring'
import type { Keys } from '@assay/core/keys'
import type { Store } from '@assay/core/store/store'
import { newCounters } from '@assay/ingest/options'
import { type Logger, pino } from 'pino'
import { announce, type DataDirectory, openDataDirectory, readKeys, withdraw } from './data-directory.js'
import { openLog, openStore } from './drivers.js'
import { followKeys } from './keys/follow.js'
import { buildServer } from './server.js'
import { type Stage, stages } from './stages.js'

export interface ServeOptions {
  stages: readonly Stage[]
  data: string
  host: string
  port: number
  config: Config
}

export interface Served {
  url: string
  data: string
  keys: Keys
  /** Whether this start made the data directory. */
  firstStart: boolean
  /** Refuses new requests, finishes those under way, counts what was acknowledged, then closes. */
  close: () => Promise<void>
}

/**
 * Starts these stages in one process, on one port.
 * @throws AssayError `data-in-use`, `engine-missing`, `config-invalid`, `log-unavailable`, `topic-mismatch`
 */
export async function serve({ stages: own, data, host, port, config }: ServeOptions): Promise<Served> {
  refuseAlone(own, config)
  const path = resolve(data)
  const logger = pino({ level: config.ASSAY_LOG_LEVEL, base: null })
  const directory = openDirectory(path, config)
  const parts = await openParts(own, directory, config, logger)
  const counters = newCounters()
  const keys = new KeyRing(directory.keys)
  const server = await buildServer({ ...parts, stages: own, keys, counters, config, logger })
  const leaveKeys = followKeys(directory.keysFile, keys, (error) => logger.warn(error, 'Keys stay as they were'))
  const close = async () => {
    withdraw(path)
    leaveKeys()
    await server.close()
    await parts.close()
  }
  const url = await server.listen({ host, port }).catch(async (error) => {
    await close()
    throw error
  })
  if (isWhole(own)) announce(path, url)
  return { url, data: path, keys: directory.keys, firstStart: directory.firstStart, close }
}

const isWhole = (own: readonly Stage[]) => own.length === stages.length

/** A stage by itself must share log and store with others, which an embedded one cannot. */
function refuseAlone(own: readonly Stage[], { KAFKA_BROKERS, CLICKHOUSE_URL }: Config): void {
  if (isWhole(own)) return
  const missing = [
    ...(KAFKA_BROKERS === '' ? ['KAFKA_BROKERS'] : []),
    ...(CLICKHOUSE_URL === '' ? ['CLICKHOUSE_URL'] : []),
  ]
  if (missing.length === 0) return
  throw new AssayError(
    'config-invalid',
    `Expected ${missing.join(' and ')} for ${own.join(', ')} alone; unset. The embedded log and store belong to one process: assay up.`,
  )
}

/** Keys come from a file of their own where `ASSAY_KEYS` names one; nothing is then written here by this process itself. */
function openDirectory(path: string, { ASSAY_KEYS }: Config): DataDirectory {
  if (ASSAY_KEYS === '') return openDataDirectory(path)
  const [log, store] = [join(path, 'log'), join(path, 'store')]
  return { log, store, keysFile: ASSAY_KEYS, keys: readKeys(ASSAY_KEYS), firstStart: false }
}

async function openParts(own: readonly Stage[], directory: DataDirectory, config: Config, logger: Logger) {
  // The store locks the directory, so it opens before anything else touches the data. Ingest can do without.
  const store = own.some((stage) => stage !== 'ingest') ? await openStore(config, directory.store) : null
  const log = await openLog(config, directory.log, (message) => logger.warn({ kafka: message }, 'Kafka'))
  // Engine errors quote rows; a short head says what is wrong without the users' data.
  const onError = (error: unknown) => logger.warn({ error: String(error).slice(0, 200) }, 'failed, trying again')
  const control = await ControlFollower.start(log, onError)
  const { definitions } = control
  const idWindow = config.ASSAY_ID_WINDOW
  const aggregator = own.includes('aggregator')
    ? await Aggregator.start({ log, store: store!, definitions, idWindow, onError })
    : null
  const parts = { log, store, control, onError }
  const controller = own.includes('controller') ? await startController({ ...parts, store: store! }, config) : null
  const knownTests = own.includes('ingest') ? await readKnownTests(store ?? config).catch(() => []) : []
  const close = async () => {
    if (isWhole(own)) await drained(aggregator!)
    await controller?.close()
    await aggregator?.close()
    await control.close()
    await store?.close()
    await log.close()
  }
  return { log, store, control, aggregator, knownTests, close }
}

type ControllerParts = Pick<ControllerOptions, 'log' | 'store' | 'control' | 'onError'>

/** What metrics say of a canary it is told by the query API's own reading of their results. */
async function startController(parts: ControllerParts, config: Config): Promise<Controller> {
  const { Controller } = await import('@assay/controller/controller')
  const { definitions } = parts.control
  const askMetrics: AskMetrics = async (app, testId, names) => {
    const { metricEvidence } = await import('@assay/query-api/analysis/canary-metrics')
    return metricEvidence(parts.store.read, definitions, app, testId, names)
  }
  const { webhookSender } = await import('@assay/controller/notify/webhook')
  return Controller.start({ ...parts, askMetrics, send: webhookSender(config) })
}

/** What the store knows; where it is away, new tests are counted from nothing, and events are taken all the same. */
async function readKnownTests(from: Store | Config): Promise<{ app: string; test: string }[]> {
  const store = 'read' in from ? from : await openStore(from, '')
  try {
    return await store.read.query("SELECT DISTINCT app, test FROM bucket_rollup WHERE app != ''")
  } finally {
    if (store !== from) await store.close()
  }
}

/** Milliseconds a stop may spend on counting; what is left is counted after the next start. */
const DRAIN = 5000

async function drained(aggregator: Aggregator): Promise<void> {
  const deadline = Date.now() + DRAIN
  while (Date.now() < deadline && (await aggregator.status()).lag > 0) await new Promise((r) => setTimeout(r, 50))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createKeys, type Keys } from '@assay/core/keys'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import type { Log } from '@assay/core/log/log'
import { openClickHouseStore } from '@assay/core/store/clickhouse'
import type { Store } from '@assay/core/store/store'
import { type Broker, startBroker } from '@assay/infra/kafka/broker'
import { type ClickHouseProcess, startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { ASSAY } from '../support/server-process.js'
import { Network } from './network.js'

export type Stage = 'ingest' | 'aggregator' | 'query-api'

/** A stage in a process of its own. */
export interface Running {
  stage: Stage
  url: string
  child: ChildProcess
  /** Everything it printed so far. */
  output: () => string
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

const PARTITIONS = 6
const ACCOUNT = { user: 'default', password: 'secret' }
/** A built module of this folder, to be loaded before a stage. */
const beforeStage = (module: string) =>
  fileURLToPath(new URL(`./${module}.js`, import.meta.url.replace(/\/test\/(?!dist)/, '/test/dist/')))

/** Kafka, ClickHouse behind a network that can be spoilt, and any number of stages, all on this machine. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'assay-many-'))
  readonly keys: Keys = createKeys()
  readonly running = new Set<Running>()
  broker!: Broker
  server!: ClickHouseProcess
  network!: Network
  /** The test's own way to both, past that network. */
  log!: Log
  store!: Store

  static async open(): Promise<Installation> {
    const place = new Installation()
    place.broker = await startBroker({ properties: { 'group.min.session.timeout.ms': 500 } })
    await place.startServer()
    place.network = await Network.open(place.server.port)
    writeFileSync(place.#keysFile, JSON.stringify(place.keys), { mode: 0o600 })
    place.log = await openKafkaLog({ brokers: [place.broker.brokers], partitions: PARTITIONS, replicas: 1 })
    place.store = await openClickHouseStore({ url: place.server.url, ...ACCOUNT, database: 'assay' })
    return place
  }

  get #keysFile(): string {
    return join(this.folder, 'keys.json')
  }

  /** File of the milliseconds by which the clocks of the stages are wrong; they read it on SIGUSR2. */
  get clockFile(): string {
    return join(this.folder, 'clock')
  }

  /** Starts the store's server, on the port it had before. */
  async startServer(): Promise<void> {
    const port = this.server === undefined ? {} : { port: this.server.port }
    this.server = await startClickHouseProcess({ path: join(this.folder, 'clickhouse'), ...ACCOUNT, ...port })
  }

  /** Starts a stage; `before` are modules loaded before it. */
  async start(stage: Stage, before: readonly string[] = []): Promise<Running> {
    const imports = ['clock', ...before].flatMap((module) => ['--import', beforeStage(module)])
    const child = spawn(process.execPath, [...imports, ASSAY, stage, '--port', '0'], {
      env: this.#environment(),
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
      })
    const exited = once(child, 'exit')
    const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
      this.running.delete(running)
      child.kill('SIGCONT')
      child.kill(signal)
      await exited
    }
    const running: Running = { stage, url: '', child, output: () => output, end }
    while (running.url === '') {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`assay ${stage} ended:\n${output}`)
      running.url = /is up at (\S+)/.exec(output)?.[1] ?? ''
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    this.running.add(running)
    return running
  }

  of(stage: Stage): Running[] {
    return [...this.running].filter((r) => r.stage === stage)
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((r) => r.end('SIGTERM')))
    await this.network.close()
    await this.store.close()
    await this.log.close()
    await this.server.end('SIGKILL')
    await this.broker.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #environment(): Record<string, string> {
    const { user, password } = ACCOUNT
    return {
      ...(process.env as Record<string, string>),
      KAFKA_BROKERS: this.broker.brokers,
      KAFKA_PARTITIONS: String(PARTITIONS),
      KAFKA_REPLICAS: '1',
      KAFKA_SESSION: '2000',
      CLICKHOUSE_URL: this.network.url,
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      ASSAY_KEYS: this.#keysFile,
      ASSAY_DATA: join(this.folder, 'data'),
      TEST_CLOCK: this.clockFile,
    }
  }
}

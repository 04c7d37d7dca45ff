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
import { afterDeath } from '@assay/infra/after-death'
import { type Broker, startBroker } from '@assay/infra/kafka/broker'
import { freePort } from '@assay/infra/kafka/port'
import { type ClickHouseProcess, startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { ASSAY } from '../support/server-process.js'
import { type SmallDisk, smallDisk } from '../support/small-disk.js'
import { withParent } from '../support/with-parent.js'
import { Network } from './network.js'

export type Stage = 'ingest' | 'aggregator' | 'query-api' | 'controller'

/** A stage in a process of its own. */
export interface Running {
  stage: Stage
  url: string
  child: ChildProcess
  /** Everything it printed so far. */
  output: () => string
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

export interface InstallationOptions {
  partitions: number
  /** Whether broker and store keep their data on small disks, if such can be mounted here: only these may be filled. */
  smallDisks: boolean
}

/** Milliseconds after which an aggregator that is silent loses its partitions. */
export const SESSION = 1500
/** Megabytes of a disk, which takes only what lies on it. */
const DISK = 1024
/** The controller takes a broker that was killed back once its session has ended. */
const BEATS = { 'broker.session.timeout.ms': 1000, 'broker.heartbeat.interval.ms': 200 }
const ACCOUNT = { user: 'default', password: 'secret' }
/** The built module that is loaded before each stage. */
const CLOCK = fileURLToPath(new URL('./clock.js', import.meta.url.replace(/\/test\/(?!dist)/, '/test/dist/')))

/** Kafka and ClickHouse, each behind a network that can be spoilt, and any number of stages, all on this machine. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'assay-many-'))
  readonly disks: { broker: SmallDisk | null; store: SmallDisk | null }
  readonly keys: Keys = createKeys()
  readonly running = new Set<Running>()
  broker!: Broker
  server!: ClickHouseProcess
  toBroker!: Network
  toStore!: Network
  /** The test's own way to both, past those networks. */
  log!: Log
  store!: Store
  readonly #partitions: number
  readonly #survived = afterDeath('rm -rf "$1"', this.folder)

  private constructor({ partitions, smallDisks }: InstallationOptions) {
    this.#partitions = partitions
    this.disks = smallDisks ? { broker: smallDisk(DISK), store: smallDisk(DISK) } : { broker: null, store: null }
  }

  /** Four partitions for three aggregators, so that one of them has two. */
  static async open(options: Partial<InstallationOptions> = {}): Promise<Installation> {
    const place = new Installation({ partitions: 4, smallDisks: true, ...options })
    await Promise.all([place.#startBroker(), place.startServer()])
    place.toStore = await Network.open(place.server.port)
    writeFileSync(place.#keysFile, JSON.stringify(place.keys), { mode: 0o600 })
    place.log = await openKafkaLog({ brokers: [place.broker.brokers], partitions: place.#partitions, replicas: 1 })
    place.store = await place.openStore('assay')
    return place
  }

  get #keysFile(): string {
    return join(this.folder, 'keys.json')
  }

  /** File of the milliseconds by which the clocks of the stages are wrong; they read it on SIGUSR2. */
  get clockFile(): string {
    return join(this.folder, 'clock')
  }

  openStore(database: string): Promise<Store> {
    return openClickHouseStore({ url: this.server.url, ...ACCOUNT, database })
  }

  async #startBroker(): Promise<void> {
    const port = await freePort()
    this.toBroker = await Network.open(port)
    this.broker = await startBroker({
      ...(this.disks.broker && { data: this.disks.broker.path }),
      proxied: { port, proxy: this.toBroker.port },
      // Its disk is memory, so that no heartbeat waits for one.
      properties: { ...BEATS, 'group.min.session.timeout.ms': 500 },
    })
  }

  /** Starts the store's server, on the port it had before. */
  async startServer(): Promise<void> {
    const port = this.server === undefined ? {} : { port: this.server.port }
    const path = join(this.disks.store?.path ?? this.folder, 'clickhouse')
    // Not on that disk: when it is full, it is the engine that shall find out.
    const bodies = join(this.folder, 'bodies')
    this.server = await startClickHouseProcess({ path, bodies, ...ACCOUNT, ...port })
  }

  /** Starts a stage, of this version or of a command made otherwise. */
  async start(stage: Stage, command = ASSAY): Promise<Running> {
    const child = withParent(
      spawn(process.execPath, ['--import', CLOCK, command, stage, '--port', '0'], { env: this.#environment() }),
    )
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

  /** Everything was judged before, so nothing need end in order. */
  async close(): Promise<void> {
    await Promise.all([...this.running].map((r) => r.end('SIGKILL')))
    await Promise.all([this.toBroker.close(), this.toStore.close(), this.store.close(), this.log.close()])
    await Promise.all([this.server.end('SIGKILL'), this.broker.kill()])
    await this.broker.stop()
    for (const disk of [this.disks.broker, this.disks.store]) disk?.remove()
    rmSync(this.folder, { recursive: true, force: true })
    this.#survived()
  }

  #environment(): Record<string, string> {
    const { user, password } = ACCOUNT
    return {
      ...(process.env as Record<string, string>),
      KAFKA_BROKERS: `127.0.0.1:${this.toBroker.port}`,
      KAFKA_PARTITIONS: String(this.#partitions),
      KAFKA_REPLICAS: '1',
      KAFKA_SESSION: String(SESSION),
      CLICKHOUSE_URL: `http://127.0.0.1:${this.toStore.port}`,
      CLICKHOUSE_USER: user,
      CLICKHOUSE_PASSWORD: password,
      ASSAY_KEYS: this.#keysFile,
      ASSAY_DATA: join(this.folder, 'data'),
      TEST_CLOCK: this.clockFile,
    }
  }
}

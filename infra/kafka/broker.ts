import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLASSES, FORMATTED, install, type Progress } from './install.js'
import { freePorts, type Ports } from './port.js'
import { type Properties, writeProperties } from './properties.js'
import { type Server, startServer } from './server.js'
import { type Line, release } from './versions.js'

export interface BrokerOptions {
  version?: Line
  port?: number
  /** A folder to keep; without it, the data goes when the broker stops. */
  data?: string
  /** A second way to it, for those who come by a proxy. */
  proxied?: Ports['proxied']
  properties?: Properties
  progress?: Progress
}

interface Place {
  version: string
  /** What clients connect to. */
  brokers: string
  port: number
  data: string
}

export interface Broker extends Place {
  readonly pid: number
  /** Settles when the process ends, for whatever reason. */
  readonly exited: Promise<unknown>
  stop: () => Promise<void>
  kill: () => Promise<void>
  pause: () => void
  resume: () => void
  /** Starts it again on the same data and port, after a stop where it still runs. */
  restart: () => Promise<void>
}

/** Starts an Apache Kafka broker on this machine's loopback; resolves when it serves clients. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { version = '4', progress } = options
  const installation = await install(version, progress)
  const { proxied } = options
  const ports: Ports = { ...(await freePorts(options.port)), ...(proxied && { proxied }) }
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'assay-kafka-'))
  const temporary = options.data === undefined ? data : undefined
  const log = join(data, 'log')
  if (!existsSync(log)) cpSync(join(installation, FORMATTED), log, { recursive: true })
  const properties = writeProperties(data, ports, log, options.properties)
  const jvm = `-XX:SharedArchiveFile=${CLASSES}`
  const start = () => startServer({ installation, properties, port: ports.broker, temporary, jvm })
  const remove = () => temporary && rmSync(temporary, { recursive: true, force: true })
  const place = { version: release(version), brokers: `127.0.0.1:${ports.broker}`, port: ports.broker, data }
  return run(place, start, remove).catch((error) => {
    remove()
    throw error
  })
}

async function run(place: Place, start: () => Promise<Server>, remove: () => void): Promise<Broker> {
  let server = await start()
  return {
    ...place,
    get pid() {
      return server.pid
    },
    get exited() {
      return server.exited
    },
    async stop() {
      await end(server)
      remove()
    },
    async kill() {
      server.signal('SIGKILL')
      await server.exited
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async restart() {
      await end(server)
      server = await start()
    },
  }
}

/** Milliseconds an orderly stop may take. */
const PATIENCE = 10_000

async function end(server: Server): Promise<void> {
  // A process that is held cannot hear that it should stop.
  server.signal('SIGCONT')
  server.signal('SIGTERM')
  const timer = setTimeout(() => server.signal('SIGKILL'), PATIENCE)
  await server.exited
  clearTimeout(timer)
}

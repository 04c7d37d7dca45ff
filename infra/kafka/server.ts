import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterDeath } from '../after-death.js'
import { explained, tail } from './command.js'
import { knowsItself } from './knows-itself.js'

/** `java` of JAVA_HOME, as Maven takes it, else of the PATH. */
export const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java'
export const JAVA_ADVICE = 'Install a JDK, version 17 or newer, or set KAFKA_BROKERS to a broker that runs.'

/** A small heap, and a compiler and a collector that start fast: both cores are shared with whoever tests. */
const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true']

/** Warnings only, and the one line that says it is ready; all on stderr. */
const logging = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
]
const READY = 'Kafka Server started'
const START_TIMEOUT = 60_000

/** Arguments of `java` for a class of the installation, to be run in its folder: the archive knows jars by relative path. */
export function javaArguments(installation: string, main: string, ...args: string[]): string[] {
  const jars = readdirSync(join(installation, 'jars')).sort()
  return [...flags, ...logging, '-cp', jars.map((jar) => join('jars', jar)).join(':'), main, ...args]
}

export interface Server {
  pid: number
  exited: Promise<unknown>
  signal: (signal: NodeJS.Signals) => void
}

export interface ServerOptions {
  installation: string
  /** The file of its properties. */
  properties: string
  port: number
  /** A folder to remove should this process die without stopping the broker, which then is ended. */
  temporary?: string | undefined
  jvm: string
}

/** Starts a broker; resolves when it is ready. */
export async function startServer({ installation, properties, port, temporary, jvm }: ServerOptions): Promise<Server> {
  // A process group of its own: Ctrl-C on a terminal is for this process, which then stops the broker.
  const child = spawn(java, [jvm, ...javaArguments(installation, 'kafka.Kafka', properties)], {
    cwd: installation,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // At once: this process may die before it hears that Java has started.
  if (child.pid !== undefined) guard(child, temporary)
  await once(child, 'spawn').catch((error) => {
    throw explained(error, java, JAVA_ADVICE)
  })
  await ready(child, port)
  return { pid: child.pid!, exited: exit(child), signal: (signal) => child.kill(signal) }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null
const exit = (child: ChildProcess) => (hasEnded(child) ? Promise.resolve() : once(child, 'exit'))

async function ready(child: ChildProcess, port: number): Promise<void> {
  const printed: string[] = []
  const said = new Promise<void>((resolve) => {
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes(READY)) resolve()
        printed.push(line)
        if (printed.length > 200) printed.shift()
      })
  })
  const started = said.then(async () => {
    while (!hasEnded(child) && !(await knowsItself(port))) await new Promise((resolve) => setTimeout(resolve, 20))
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT)
  const ended = once(child, 'close').then(() => {
    const how = child.exitCode ?? child.signalCode
    throw new Error(`Expected the broker to start within a minute; it ended with ${how}:\n${tail(printed)}`)
  })
  await Promise.race([started, ended]).finally(() => clearTimeout(timer))
  ended.catch(() => {})
}

/** Ends it should this process die, and removes the folder. */
function guard(child: ChildProcess, temporary = ''): void {
  const script = 'kill -9 "$1"; [ -z "$2" ] || { sleep 1; rm -rf "$2"; }'
  child.once('exit', afterDeath(script, String(child.pid), temporary))
}

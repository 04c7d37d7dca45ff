import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { command } from './command.js'
import { freePorts } from './port.js'
import { writeProperties } from './properties.js'
import { JAVA_ADVICE, java, javaArguments, startServer } from './server.js'
import { type Line, pom, release } from './versions.js'

/** Says what takes so long. */
export type Progress = (message: string) => void

const cache = join(dirname(pom), '../../node_modules/.cache/assay-kafka')

/** Of an installation: the data folder of a broker that has never run, and the classes one loads, mapped at its start. */
export const FORMATTED = 'formatted'
export const CLASSES = 'classes.jsa'

/** The folder of a release ready to start, made at the first call. Two first calls at once do not disturb each other. */
export async function install(line: Line, progress: Progress = () => {}): Promise<string> {
  const version = release(line)
  const folder = join(cache, version)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    await checkJava()
    progress(`Fetching Apache Kafka ${version} from Maven Central, once`)
    await fetchJars(version, join(partial, 'jars'), progress)
    progress('Preparing its first start')
    await format(partial)
    await archiveClasses(partial)
    rename(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}

async function checkJava(): Promise<void> {
  const said = await command(java, ['-version'], { advice: JAVA_ADVICE })
  const version = /version "(\d+)/.exec(said)?.[1]
  if (!(Number(version) >= 17))
    throw new Error(`Expected Java 17 or newer; ${java} is ${version ?? said}. ${JAVA_ADVICE}`)
}

async function fetchJars(version: string, folder: string, progress: Progress): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  await command('mvn', ['-B', '-f', pom, `-Dkafka.version=${version}`, ...goal], {
    advice: 'Install Apache Maven 3.6.3 or newer, or set KAFKA_BROKERS to a broker that runs.',
    onLine(line) {
      const jar = /Downloaded from .*\/([^/]+\.jar)/.exec(line)?.[1]
      if (jar !== undefined) progress(`  ${jar}`)
    },
  })
}

/** Takes a start of Java, so it is done once, and brokers start on copies. */
async function format(folder: string): Promise<void> {
  const properties = writeProperties(folder, { broker: 9092, controller: 9093 }, join(folder, FORMATTED))
  const args = ['format', '--cluster-id', 'assay_local_kafka____A', '--config', properties]
  await command(java, javaArguments(folder, 'kafka.tools.StorageTool', ...args), { cwd: folder })
}

/** Halves the time and the work of every later start: what one run of a broker has loaded need not be verified again. */
async function archiveClasses(folder: string): Promise<void> {
  const log = join(folder, 'first')
  cpSync(join(folder, FORMATTED), log, { recursive: true })
  const ports = await freePorts()
  const properties = writeProperties(folder, ports, log)
  const jvm = `-XX:ArchiveClassesAtExit=${CLASSES}`
  const server = await startServer({ installation: folder, properties, port: ports.broker, temporary: folder, jvm })
  server.signal('SIGTERM')
  await server.exited
  rmSync(log, { recursive: true })
}

function rename(partial: string, folder: string): void {
  try {
    renameSync(partial, folder)
  } catch (error) {
    // Another process was faster, and its installation is as good.
    if (!existsSync(folder)) throw error
  }
}

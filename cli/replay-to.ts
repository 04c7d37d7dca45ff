import { join, resolve } from 'node:path'
import { rebuildPast } from '@assay/aggregator/past'
import type { Progress as Step } from '@assay/aggregator/replay'
import { isInUse } from '@assay/aggregator/table-set'
import { type Config, variables } from '@assay/core/config/config'
import { type Log, topics } from '@assay/core/log/log'
import { writePlain } from './backup/file.js'
import { exists, refuseFilled, writingInto } from './backup/folder.js'
import { unframed } from './backup/frames.js'
import { makeData } from './backup/make-data.js'
import { KEYS } from './backup/manifest.js'
import { batchesOf } from './backup/restore-log.js'
import { openSource, type Source } from './backup/source.js'
import { type WorkOptions, workBar } from './backup/work-bar.js'
import type { ServerOptions } from './discover.js'
import { openLog, openStore } from './drivers.js'
import { embeddedLog, embeddedStore } from './embedded.js'
import { CommandError, exit } from './failure.js'
import type { Progress } from './progress.js'

export interface ReplayToOptions extends ServerOptions, WorkOptions {
  /** Unix milliseconds. */
  to: number
  /** A database, or a data directory where log and tables lie in one. */
  into: string
  config: () => Config
}

export interface ReplayToSummary {
  into: string
  /** What `into` is. */
  kind: 'database' | 'data directory'
  records: number
}

/** Builds the state as of an instant, beside the live one. @throws AssayError `folder-taken`, `replay-incomplete-log` */
export async function replayTo(options: ReplayToOptions): Promise<ReplayToSummary> {
  const config = options.config()
  const [kafka, server] = [config.KAFKA_BROKERS !== '', config.CLICKHOUSE_URL !== '']
  if (kafka && server) return intoDatabase(options, config)
  if (!kafka && !server) return intoDirectory(options)
  throw new CommandError(
    'Expected log and tables to be both in a data directory, or both elsewhere; one is.',
    'Set KAFKA_BROKERS and CLICKHOUSE_URL, or neither.',
  )
}

async function intoDatabase(options: ReplayToOptions, config: Config): Promise<ReplayToSummary> {
  const { to: until, into } = options
  if (!variables.CLICKHOUSE_DATABASE.safeParse(into).success)
    throw new CommandError(`Expected a name for a database; got ${into}.`, 'Use letters, digits and _.', exit.usage)
  if (into === config.CLICKHOUSE_DATABASE) throw taken(into)
  const store = await openStore({ ...config, CLICKHOUSE_DATABASE: into }, '')
  if (await isInUse(store)) throw taken(into)
  const log = await openLog(config, '', () => {})
  const { onProgress, stop } = reporting(options)
  const records = await rebuildPast({ log, store, idWindow: config.ASSAY_ID_WINDOW, until, onProgress })
  stop()
  await log.close()
  await store.close()
  return { into, kind: 'database', records }
}

const taken = (into: string) =>
  new CommandError(`Expected a database for this alone; ${into} holds events.`, 'Name another one.')

/** By way of what a backup would hold, as the log of one machine belongs to its server. */
async function intoDirectory(options: ReplayToOptions): Promise<ReplayToSummary> {
  const { to: until } = options
  const into = resolve(options.into)
  let records = 0
  await writingInto(into, async () => {
    if (exists(into)) refuseFilled(into)
    const source = await openSource(options, options.config)
    await makeData(into, async (work) => {
      const log = await embeddedLog(join(work, 'log'))
      const { keys, idWindow } = source.about
      await copyLog(source, log, options)
      // Before another is opened: the engine has one directory at a time.
      await source.close()
      const store = await embeddedStore(join(work, 'store'))
      const { onProgress, stop } = reporting(options)
      records = await rebuildPast({ log, store, idWindow, until, onProgress })
      stop()
      await store.close()
      await log.close()
      writePlain(join(work, KEYS), `${JSON.stringify(keys, null, 2)}\n`)
    })
  })
  return { into, kind: 'data directory', records }
}

async function copyLog({ about, frames }: Source, log: Log, options: ReplayToOptions): Promise<void> {
  const bar = workBar('copying the log', about.records, 'records', options)
  let done = 0
  for (const topic of topics) {
    for await (const entries of batchesOf(unframed(await frames(topic)), options.to)) {
      await log.append(topic, entries)
      done += entries.length
      bar.update(done)
    }
  }
  bar.stop()
}

function reporting(options: WorkOptions): { onProgress: (step: Step) => void; stop: () => void } {
  let bar: Progress | undefined
  const onProgress = ({ done, total }: Step) => {
    bar ??= workBar('replaying', total, 'records', options, done)
    bar.update(done)
  }
  return { onProgress, stop: () => bar?.stop() }
}

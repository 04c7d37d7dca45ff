import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rebuild } from '@assay/aggregator/rebuild'
import type { Log } from '@assay/core/log/log'
import { writeHistory } from '@assay/core/store/history'
import { embeddedLog, embeddedStore } from '../embedded.js'
import type { Progress } from '../progress.js'
import { readZipped, writePlain } from './file.js'
import { exists, refuseFilled, writingInto } from './folder.js'
import { unframed } from './frames.js'
import { makeData } from './make-data.js'
import { fileOf, KEYS, type Manifest, readManifest, recordsIn } from './manifest.js'
import { restoreLog } from './restore-log.js'
import { verifyFiles } from './verify.js'
import { type WorkOptions, workBar } from './work-bar.js'

export interface RestoreOptions extends WorkOptions {
  backup: string
  data: string
}

export interface RestoreSummary {
  data: string
  records: number
  seconds: number
}

/**
 * Makes a data directory of a backup, its tables rebuilt from the log.
 * @throws AssayError `backup-damaged`, `backup-newer`, `folder-taken`, `folder-unwritable`
 */
export async function restore({ backup, data, ...options }: RestoreOptions): Promise<RestoreSummary> {
  const started = Date.now()
  const [from, to] = [resolve(backup), resolve(data)]
  const manifest = readManifest(from)
  await writingInto(to, async () => {
    if (exists(to)) refuseFilled(to)
    await verifyFiles(from, manifest, options)
    await makeData(to, async (work) => {
      const log = await embeddedLog(join(work, 'log'))
      await restoreLog(log, from, manifest, options)
      await restoreStore(join(work, 'store'), log, from, manifest, options)
      await log.close()
      writePlain(join(work, KEYS), readFileSync(join(from, KEYS), 'utf8'))
    })
  })
  return { data: to, records: recordsIn(manifest), seconds: (Date.now() - started) / 1000 }
}

async function restoreStore(
  path: string,
  log: Log,
  from: string,
  manifest: Manifest,
  options: WorkOptions,
): Promise<void> {
  const store = await embeddedStore(path)
  let bar: Progress | undefined
  await rebuild({
    log,
    store,
    idWindow: manifest.idWindow,
    ends: [manifest.log['assay.events'].end],
    until: null,
    onProgress({ done, total }) {
      bar ??= workBar('rebuilding tables', total, 'records', options)
      bar.update(done)
    },
  })
  bar?.stop()
  await writeHistory(store, unframed(readZipped(join(from, fileOf('moments')))))
  await store.close()
}

import { AssayError } from '@assay/core/errors'
import type { LocalLog } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'

/**
 * Loads the driver of an embedded engine, whose package is optional: a process beside Kafka and ClickHouse does without
 * half a gigabyte. @throws AssayError `engine-missing`
 */
export async function embedded<Driver>(engine: 'chdb' | 'lmdb', load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load()
  } catch (cause) {
    const { message } = cause as Error
    throw new AssayError('engine-missing', `Expected the embedded engine ${engine}; it does not load: ${message}`, {
      cause,
    })
  }
}

export async function embeddedLog(path: string): Promise<LocalLog> {
  const { openLmdbLog } = await embedded('lmdb', () => import('@assay/core/log/lmdb'))
  return openLmdbLog(path)
}

export async function embeddedStore(path: string, options: { sql?: boolean } = {}): Promise<Store> {
  const { openChdbStore } = await embedded('chdb', () => import('@assay/core/store/chdb'))
  return openChdbStore(path, options)
}

import { AssayError } from '@assay/core/errors'

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

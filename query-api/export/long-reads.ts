import { AssayError, stopped } from '@assay/core/errors'
import type { Exports, Store } from '@assay/core/store/store'

export type LongReads = Exports

/** Codes of the engine for an answer that took too long or too much memory. */
const tooLarge = new Set(['159', '160', '241', '396'])

/** The store's exports; one that fails is `store-unavailable`, one that takes too much `query-too-large`. */
export function longReadsOf({ exports }: Store): LongReads {
  return {
    async bytes(sql, format, options) {
      try {
        return await exports.bytes(sql, format, options)
      } catch (cause) {
        if (options?.signal?.aborted) throw stopped(cause)
        if (tooLarge.has(String((cause as { code?: unknown }).code))) {
          throw new AssayError('query-too-large', 'Expected an answer within ten minutes; it took more.', { cause })
        }
        throw new AssayError('store-unavailable', 'Expected the store to answer the query; it failed.', { cause })
      }
    },
  }
}

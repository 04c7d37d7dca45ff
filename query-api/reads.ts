import { AssayError } from '@assay/core/errors'
import type { Lane, Store } from '@assay/core/store/store'

export type Reads = Pick<Lane, 'query'>

/** The store's short reads; a store that cannot answer is `store-unavailable`, which says to try again. */
export function readsOf({ read }: Store): Reads {
  return {
    async query<Row>(sql: string, params?: Record<string, unknown>) {
      try {
        return await read.query<Row>(sql, params)
      } catch (cause) {
        throw new AssayError('store-unavailable', 'Expected the store to answer the query; it failed.', { cause })
      }
    },
  }
}

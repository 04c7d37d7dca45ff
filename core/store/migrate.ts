import { schema } from './schema.js'
import type { Store } from './store.js'

/** Brings a store to the current schema; every statement is harmless where it was done before. */
export async function migrate(store: Store): Promise<void> {
  for (const statement of schema) await store.write.command(statement)
}

import { join } from 'node:path'
import { openChdbStore } from '@assay/core/store/chdb'
import { inspect } from './inspect.js'

/** Prints what a stopped data directory holds. */
const store = await openChdbStore(join(process.argv[2]!, 'store'))
console.log(JSON.stringify(await inspect(store)))
await store.close()

import { join } from 'node:path'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { Inspector } from './inspect.js'

/** Prints what a stopped data directory holds. */
const store = await openChdbStore(join(process.argv[2]!, 'store'))
const log = openLmdbLog(join(process.argv[2]!, 'log'))
console.log(JSON.stringify(await (await Inspector.open(log, store)).inspect()))
await log.close()
await store.close()

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChdbStore } from '@assay/core/store/chdb'
import { storeContract } from './store.contract.js'

storeContract('chDB in process', async () => {
  const path = mkdtempSync(join(tmpdir(), 'assay-store-'))
  const store = await openChdbStore(path)
  return {
    store,
    destroy: async () => {
      await store.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
})

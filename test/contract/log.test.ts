import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { logContract } from './log.contract.js'

logContract('lmdb', async () => {
  const path = mkdtempSync(join(tmpdir(), 'assay-log-'))
  return {
    open: async () => openLmdbLog(path),
    destroy: async () => rmSync(path, { recursive: true, force: true }),
  }
})

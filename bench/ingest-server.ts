import { rmSync } from 'node:fs'
import { createKeys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { ingest } from '@assay/ingest/ingest'
import Fastify from 'fastify'

/** Ingest and its durable log, without the stages behind it. */
const [path] = process.argv.slice(2) as [string]
const keys = createKeys()
const log = openLmdbLog(path)
const server = Fastify()
await server.register(ingest, { log, keys, limits: { eventsPerSecond: 1e8, eventBurst: 1e8 } })
process.send!({ url: await server.listen({ host: '127.0.0.1', port: 0 }), keys })
process.on('SIGTERM', async () => {
  await server.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
  process.exit(0)
})

import { rmSync } from 'node:fs'
import { Definitions } from '@assay/core/control/definitions'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { ingest } from '@assay/ingest/ingest'
import Fastify from 'fastify'

/** Ingest and its durable log, a folder or Kafka's brokers, without the stages behind it. */
const [path, ...brokers] = process.argv.slice(2) as [string, ...string[]]
const keys = createKeys()
const log = brokers.length > 0 ? await openKafkaLog({ brokers, partitions: 6, replicas: 1 }) : openLmdbLog(path)
const server = Fastify()
const limits = { eventsPerSecond: 1e8, eventBurst: 1e8 }
await server.register(ingest, { log, keys: new KeyRing(keys), definitions: new Definitions(), limits })
process.send!({ url: await server.listen({ host: '127.0.0.1', port: 0 }), keys })
process.on('SIGTERM', async () => {
  await server.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
  process.exit(0)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import { throughAggregator } from './aggregator.js'

/** So many events through an aggregator, from the embedded log or from Kafka's, alone in a process as in real life. */
const [events, ...brokers] = process.argv.slice(2) as [string, ...string[]]
const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
const store = await openChdbStore(join(path, 'store'))
await migrate(store)
const log =
  brokers.length > 0 ? await openKafkaLog({ brokers, partitions: 1, replicas: 1 }) : openLmdbLog(join(path, 'log'))
const rate = await throughAggregator(store, log, Number(events))
await store.close()
rmSync(path, { recursive: true, force: true })
process.send!(rate, () => process.exit(0))

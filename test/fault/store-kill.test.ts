import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Aggregator } from '@assay/aggregator/aggregator'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openClickHouseStore } from '@assay/core/store/clickhouse'
import { expect, test } from 'vitest'
import { startClickHouseProcess } from '../support/clickhouse-server-process.js'
import { entry } from '../support/entry.js'
import { runSeed, seeded } from '../support/random.js'
import { settled } from '../support/single-machine.js'
import { contents } from '../support/tables.js'
import { tempDir } from '../support/temp.js'

const KILLS = 10
const BATCH = 4000

const batch = (from: number) =>
  Array.from({ length: BATCH }, (_, i) =>
    entry({ id: `e${from + i}`, user: `u${(from + i) % 997}`, value: i % 5, tests: { t: i % 2 ? 'a' : 'b' } }),
  )

test(`a store that is killed ${KILLS} times while it is written to has each event once, in every table`, async () => {
  const random = seeded(runSeed('store-kill'))
  const path = tempDir()
  const account = { user: 'default', password: 'secret' }
  const start = (port = 0) => startClickHouseProcess({ path: join(path, 'server'), ...account, port })
  let server = await start()
  const store = await openClickHouseStore({ url: server.url, ...account, database: 'assay' })
  const log = openLmdbLog(join(path, 'log'))
  const retries: unknown[] = []
  const aggregator = await Aggregator.start({ log, store, onError: (error) => retries.push(error) })
  let sent = 0
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = 0; i < 5; i++) {
      await log.append('assay.events', batch(sent))
      sent += BATCH
      await wait(random() * 60)
    }
    await server.end('SIGKILL')
    await wait(random() * 200)
    server = await start(server.port)
  }
  await settled(aggregator)
  expect(retries.length).toBeGreaterThan(0)
  const before = await contents(store)
  expect(await store.read.query("SELECT count() AS n, uniqExact(id) AS ids FROM events WHERE app != ''")).toEqual([
    { n: sent, ids: sent },
  ])
  await aggregator.replay(() => {})
  expect(await contents(store)).toEqual(before)
  await aggregator.close()
  await store.close()
  await log.close()
  await server.end('SIGKILL')
}, 120_000)

import { takeScratch } from '@assay/aggregator/moments/scratch'
import { afterAll, describe, expect, test } from 'vitest'
import { openClickHouse, openServerStore } from '../support/clickhouse.js'
import { entry } from '../support/entry.js'
import { openMachine, useStores } from '../support/single-machine.js'

// The aggregator's scenarios once more, with the store at the other end of a network.
const server = await openClickHouse()
useStores(() => openServerStore(server))
afterAll(server.close)

describe(`exactly once, on ${server.kind}`, async () => {
  await import('./exactly-once.test.js')
})
describe(`moments, on ${server.kind}`, async () => {
  await import('./moments.test.js')
})

describe(`replay, on ${server.kind}`, async () => {
  await import('./replay.test.js')
})

test(`a leader whose working tables a former one took away makes others, on ${server.kind}`, async () => {
  const machine = await openMachine()
  const aggregator = await machine.start()
  const isFresh = async () => (await aggregator.status()).fresh
  const append = (id: string) => machine.log.append('assay.events', [entry({ id, tests: { t: 'a' } })])
  await append('1')
  await expect.poll(isFresh, { timeout: 10_000 }).toBe(true)
  await takeScratch(machine.store)
  await append('2')
  await expect.poll(isFresh, { timeout: 10_000 }).toBe(true)
  const sums = "SELECT argMax(sum, as_of) AS sum FROM moments WHERE event = 'view'"
  expect(await machine.store.read.query(sums)).toEqual([{ sum: 2 }])
  await aggregator.close()
  await machine.close()
})

import { afterAll, describe } from 'vitest'
import { openClickHouse, openServerStore } from '../support/clickhouse.js'
import { useStores } from '../support/single-machine.js'

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

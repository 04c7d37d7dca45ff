import { afterAll, describe } from 'vitest'
import { openCluster } from '../support/cluster.js'
import { useStores } from '../support/single-machine.js'

// Moments are computed, and results read, through the tables that show all shards.
const { openStore, close } = await openCluster()
useStores(() => openStore())
afterAll(close)

describe('moments, on a cluster of one server', async () => {
  await import('./moments.test.js')
})

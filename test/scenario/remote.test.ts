import { afterAll, beforeAll, describe } from 'vitest'
import { Installation } from '../fault/installation.js'

// Many processes, found by their addresses, as an installation elsewhere is.
let place: Installation
beforeAll(async () => {
  place = await Installation.open()
  const [, ingest, queryApi] = [
    await place.start('aggregator'),
    await place.start('ingest'),
    await place.start('query-api'),
  ]
  process.env.ASSAY_URL = queryApi.url
  process.env.ASSAY_INGEST_URL = ingest.url
  process.env.ASSAY_WRITE_KEY = place.keys.write
  process.env.ASSAY_READ_KEY = place.keys.read
  process.env.ASSAY_ADMIN_KEY = place.keys.admin
}, 300_000)
afterAll(() => place.close())

describe('the main job, on an installation at ASSAY_URL', async () => {
  await import('./main-job.test.js')
})

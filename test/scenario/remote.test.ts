import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe('a canary, whose controllers die one after the other', () => {
  const headers = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })
  const steer = async (method: string, address: string, body: object) => {
    const url = `${process.env.ASSAY_URL}/v1/apps/rolled/tests/release${address}`
    const reply = await fetch(url, { method, headers: headers(place.keys.admin), body: JSON.stringify(body) })
    expect(reply.ok, await reply.text()).toBe(true)
  }
  const health = async () => {
    const reply = await fetch(`${process.env.ASSAY_URL}/v1/apps/rolled/canary`, { headers: headers(place.keys.read) })
    return (await reply.json()) as { stage: string; verdict: string; guardrails: object[] }
  }
  let users = 0
  /** A hundred requests, twenty of them of the canary, of which half fail. */
  const requests = () =>
    Array.from({ length: 100 }, (_, i) => ({
      ...{ app: 'rolled', user: `u${users++}`, event: '$request', value: 20 },
      ...{ testId: 'release', branch: i < 20 ? 'next' : 'master', props: { outcome: i < 10 ? 'error' : 'ok' } },
    }))

  /** Goes on until nobody has the canary. */
  async function failsUntilGone(): Promise<void> {
    await expect
      .poll(
        async () => {
          const body = JSON.stringify(requests())
          await fetch(`${process.env.ASSAY_INGEST_URL}/v1/events`, {
            ...{ method: 'POST', headers: headers(place.keys.write), body },
          })
          return (await health()).stage
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBe('suspended')
  }

  test('is suspended by whichever of them lives', { timeout: 120_000 }, async () => {
    const branches = ['master', 'next'].map((name) => ({ name, weight: 1 }))
    const rollout = { steps: [{ weight: 0.2, bake: 3600 }], resumeAfter: 3600 }
    await steer('PUT', '', { branches, control: 'master', metrics: [], rollout })
    await steer('POST', '/rollout', { action: 'begin' })
    const [one, other] = [await place.start('controller'), await place.start('controller')]
    await failsUntilGone()
    // What its controller told has come through ClickHouse.
    await expect.poll(health).toMatchObject({ verdict: 'unhealthy', guardrails: [{ name: 'errors' }] })
    await one.end('SIGKILL')
    await steer('POST', '/rollout', { action: 'resume' })
    await failsUntilGone()
    await place.start('controller')
    await other.end('SIGKILL')
    await steer('POST', '/rollout', { action: 'resume' })
    await failsUntilGone()
  })
})

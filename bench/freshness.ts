import { setTimeout as sleep } from 'node:timers/promises'
import type { Results } from '@assay/query-api/analysis/reply'
import { clientEvent } from './events.js'
import { load } from './load.js'
import { below, type Figure, quantile } from './measure.js'
import { assayChild, type Child } from './server-child.js'
import { post, steady } from './steady.js'

const USERS = 100_000
const PROBES = 60
const EVERY = 500
const BATCH = 100

/** From the 202 of an event to the results that count it, at half of full load, in a test of 100,000 users. */
export async function freshness(): Promise<Figure> {
  const server = await assayChild()
  try {
    await fill(server)
    const full = await sustained(server)
    const stop = new AbortController()
    const { url, keys } = server
    const background = steady({ urls: [url], key: keys.write, app: 'shop', rate: full / 2, signal: stop.signal })
    const probes: Promise<number>[] = []
    for (let i = 0; i < PROBES; i++) {
      probes.push(probe(server, i))
      await sleep(EVERY)
    }
    const delays = await Promise.all(probes)
    stop.abort()
    await background
    const name = `event to result, p99 of ${PROBES}, at ${Math.round(full / 2).toLocaleString('en-US')} events/s`
    return below(name, quantile(delays, 0.99), 'ms', 2000)
  } finally {
    await server.end()
  }
}

/** Full load is what goes in one end and comes out of the other: events a second from the first to the last one counted. */
async function sustained(server: Child): Promise<number> {
  const started = performance.now()
  const seconds = 5
  const rate = await load(server, BATCH, seconds)
  while (!(await status(server)).fresh) await sleep(50)
  return (rate * seconds * 1000) / (performance.now() - started)
}

async function status({ url, keys }: Child): Promise<{ fresh: boolean }> {
  const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${keys.read}` } })
  return ((await response.json()) as { aggregator: { fresh: boolean } }).aggregator
}

async function fill(server: Child): Promise<void> {
  for (let u = 0; u < USERS; u += 1000) {
    await post(
      server.url,
      server.keys.write,
      Array.from({ length: 1000 }, (_, i) => ({ ...clientEvent(u + i), event: '$exposure' })),
    )
  }
}

/** A user does what nobody else does; milliseconds until the results show it. */
async function probe(server: Child, i: number): Promise<number> {
  const event = { ...clientEvent(i), user: `probe-${i}`, event: `probe-${i}` }
  await post(server.url, server.keys.write, [{ ...event, id: `x${i}`, event: '$exposure' }, event])
  const acknowledged = performance.now()
  // Asked more often, the asking itself would be half of the load.
  while (!(await isShown(server, event.event))) await sleep(100)
  return performance.now() - acknowledged
}

async function isShown({ url, keys }: Child, event: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/apps/shop/tests/checkout/results`, {
    headers: { authorization: `Bearer ${keys.read}` },
  })
  if (!response.ok) return false
  return ((await response.json()) as Results).metrics.some((m) => m.event === event)
}

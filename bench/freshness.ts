import { setTimeout as sleep } from 'node:timers/promises'
import type { Results } from '@assay/query-api/schemas'
import { clientEvent } from './events.js'
import { load } from './load.js'
import { below, type Figure, quantile } from './measure.js'
import { assayChild, type Child } from './server-child.js'

const USERS = 100_000
const PROBES = 100
const BATCH = 100

/** From the 202 of an event to the results that count it, at half of full load, in a test of 100,000 users. */
export async function freshness(): Promise<Figure> {
  const server = await assayChild()
  try {
    await fill(server)
    const full = await load(server, BATCH, 5)
    const stop = new AbortController()
    const background = steady(server, full / 2, stop.signal)
    const delays: number[] = []
    for (let i = 0; i < PROBES; i++) delays.push(await probe(server, i))
    stop.abort()
    await background
    return below(
      `event to result, p99 of ${PROBES}, at ${Math.round(full / 2).toLocaleString('en-US')} events/s`,
      quantile(delays, 0.99),
      'ms',
      2000,
    )
  } finally {
    await server.end()
  }
}

async function fill(server: Child): Promise<void> {
  for (let u = 0; u < USERS; u += 1000) {
    await post(
      server,
      Array.from({ length: 1000 }, (_, i) => ({ ...clientEvent(u + i), event: '$exposure' })),
    )
  }
}

/** Batches at a steady rate, from a few clients. */
async function steady(server: Child, rate: number, signal: AbortSignal): Promise<void> {
  const clients = 8
  const interval = (1000 * BATCH * clients) / rate
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let due = performance.now(); !signal.aborted; due += interval) {
        await post(
          server,
          Array.from({ length: BATCH }, () => clientEvent(Math.floor(Math.random() * USERS))),
        )
        await sleep(Math.max(0, due + interval - performance.now()))
      }
    }),
  )
}

/** A user of its own converts; milliseconds until the results show it. */
async function probe(server: Child, i: number): Promise<number> {
  const event = { ...clientEvent(i), user: `probe-${i}`, event: `probe` }
  await post(server, [{ ...event, id: `x${i}`, event: '$exposure' }, event])
  const acknowledged = performance.now()
  while ((await probesSeen(server)) < i + 1) await sleep(10)
  return performance.now() - acknowledged
}

async function probesSeen({ url, keys }: Child): Promise<number> {
  const response = await fetch(`${url}/v1/apps/shop/tests/checkout/results`, {
    headers: { authorization: `Bearer ${keys.read}` },
  })
  if (!response.ok) return 0
  const { metrics } = (await response.json()) as Results
  const metric = metrics.find((m) => m.event === 'probe' && m.kind === 'conversion')
  return metric?.branches.reduce((sum, b) => sum + b.sum, 0) ?? 0
}

async function post({ url, keys }: Child, events: object[]): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${keys.write}` }
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

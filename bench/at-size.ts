import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Moments } from '@assay/aggregator/moments/moments'
import { ControlFollower } from '@assay/core/control/follower'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import type { PlannedMetric } from '@assay/moments/plan'
import { study } from '@assay/moments/study'
import { queryApi } from '@assay/query-api/query-api'
import { askOf } from '@assay/query-api/study/ask'
import Fastify from 'fastify'
import { atLeast, below, compared, type Figure, median } from './measure.js'
import { eventsOr } from './options.js'

const CHUNK = 500_000
const START = Date.UTC(2026, 5, 1)
const DAY = 86_400_000
const ROUNDS = 3
const ASKED = 200

const metrics: PlannedMetric[] = [
  { name: 'revenue', kind: 'sum', event: 'purchase' },
  { name: 'buyers', kind: 'conversion', event: 'purchase' },
  { name: 'views', kind: 'count', event: 'view' },
  { name: 'basket', kind: 'mean', event: 'purchase' },
  { name: 'first week', kind: 'sum', event: 'purchase', window: { to: 7 } },
].map((one) => {
  const metric = metricDefinition.parse({ ...one, lookback: 0 })
  return { metric, ...computationOf(metric) }
})

/** One test of two million users and twenty million events: moments of its metrics, and results from them. */
export async function atSize(): Promise<Figure[]> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const store = await openChdbStore(join(path, 'store'))
  await migrate(store)
  const events = eventsOr(20_000_000)
  for (let from = 0; from < events; from += CHUNK) await insert(store, events, from, Math.min(CHUNK, events - from))
  const { raw, figures } = await recomputed(store, events)
  figures.push(...(await kept(store, events, raw)), await asked(store, path))
  await store.close()
  rmSync(path, { recursive: true, force: true })
  return figures
}

/** From nothing: the same answer from the rollups and from raw events, in turn. */
async function recomputed(store: Store, events: number): Promise<{ raw: number; figures: Figure[] }> {
  const ask = askOf(store.exports)
  const question = { app: 'shop', test: 'checkout', phases: [], asOf: START + 15 * DAY, crossed: true }
  const [one, all, each, raw]: number[][] = [[], [], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    const rows = await timed(one!, () => study(ask, { ...question, metrics: metrics.slice(0, 1) }))
    const exact = await timed(raw!, () => store.exports.bytes(rawSql, 'JSONEachRow').then(rowsOf))
    expectSame(
      rows.filter(({ event }) => event !== ''),
      exact,
    )
    await timed(all!, () => study(ask, { ...question, metrics }))
    await timed(each!, async () => {
      for (const metric of metrics) await study(ask, { ...question, metrics: [metric] })
    })
  }
  const name = `moments of one metric, ${events.toLocaleString('en-US')} events of ${users(events).toLocaleString('en-US')} users, from the rollups`
  const figures = [
    compared(name, 1000 / median(one!), '/s', RAW, 1000 / median(raw!)),
    compared(`${metrics.length} metrics in one pass`, median(all!), 'ms', 'one by one', median(each!)),
  ]
  return { raw: median(raw!), figures }
}

const RAW = 'from raw events by an exposure join'

/** As the aggregator keeps them up to date. */
async function kept(store: Store, events: number, raw: number): Promise<Figure[]> {
  const moments = new Moments(store, 'shop')
  const plan = [{ test: 'checkout', phases: [], metrics }]
  const [first, next]: [number[], number[]] = [[], []]
  await timed(first, () => moments.snapshot([events], START + 15 * DAY, plan))
  for (let round = 1; round <= ROUNDS; round++) {
    await insert(store, events, events + 1000 * (round - 1), 1000)
    await timed(next, () => moments.snapshot([events + 1000 * round], START + 15 * DAY + round * 60_000, plan))
  }
  const [rate, rawRate] = [(1000 * metrics.length) / median(next), 1000 / raw]
  return [
    atLeast('the same, of all metrics in one snapshot as the aggregator computes it anew', rate, '/s', RAW, rawRate, 4),
    compared(
      `a snapshot of ${metrics.length} metrics with a thousand new events`,
      median(next),
      'ms',
      'the first one',
      first[0]!,
    ),
  ]
}

/** Results over HTTP. */
async function asked(store: Store, path: string): Promise<Figure> {
  const [log, keys] = [openLmdbLog(join(path, 'log')), createKeys()]
  const control = await ControlFollower.start(log, console.error)
  const server = Fastify()
  await server.register(queryApi, { store, log, keys: new KeyRing(keys), control, clock: () => START + 16 * DAY })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const times: number[] = []
  for (let i = 0; i < ASKED; i++)
    await timed(times, async () => {
      const reply = await fetch(`${url}/v1/apps/shop/tests/checkout/results?key=${keys.read}`)
      if (!reply.ok) throw new Error(await reply.text())
      return reply.json()
    })
  await server.close()
  await control.close()
  await log.close()
  return below(`results over HTTP, median of ${ASKED}`, median(times), 'ms', 10)
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const found = await work()
  times.push(performance.now() - started)
  return found
}

/** A tenth of the events are first exposures. */
const users = (events: number) => events / 10

export function insert(store: Store, events: number, from: number, count: number): Promise<void> {
  return store.write.command(
    `INSERT INTO inbox SELECT concat('e-', toString(number)) AS id, 'shop' AS app,
       concat('user-', toString(number < ${users(events)} ? number : cityHash64(number) % ${users(events)})) AS user,
       if(number < ${users(events)}, '$exposure', ['view', 'view', 'view', 'search', 'purchase'][cityHash64(number, 1) % 5 + 1]) AS event,
       exp(randNormal(3, 1)) AS value,
       fromUnixTimestamp64Milli(toInt64(${START} + if(number < ${users(events)}, cityHash64(number, 2) % ${7 * DAY}, cityHash64(number, 2) % ${14 * DAY})), 'UTC') AS time,
       if(event = '$exposure', map('checkout', if(cityHash64(user) % 2 = 0, 'master', 'one-page')), map()) AS tests,
       map() AS props, time AS received, 0, number
     FROM numbers({from:UInt64}, {count:UInt64})`,
    { from, count },
  )
}

/** As platforms without rollups have it: exposures joined with the metric's events, then users, then branches. */
export const rawSql = `
  SELECT branch, count() AS users, avg(total) AS mean, varPopStable(total) * count() AS m2
  FROM (
    SELECT e.user, any(e.branch) AS branch, sum(if(f.time >= e.since, f.value, 0)) AS total
    FROM (
      SELECT user, min(time) AS since, argMin(tests['checkout'], time) AS branch FROM events
      WHERE app = 'shop' AND event = '$exposure' AND mapContains(tests, 'checkout') GROUP BY user
    ) AS e
    LEFT JOIN (SELECT user, time, value FROM events WHERE app = 'shop' AND event = 'purchase') AS f ON e.user = f.user
    GROUP BY e.user
  ) GROUP BY branch`

interface Row {
  branch: string
  users: number
  mean: number
  m2: number
}

async function rowsOf(bytes: AsyncIterable<Buffer>): Promise<Row[]> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

function expectSame(found: readonly Row[], exact: readonly Row[]): void {
  for (const row of exact) {
    const own = found.find(({ branch }) => branch === row.branch)
    const off = Math.max(...(['users', 'mean', 'm2'] as const).map((key) => Math.abs(own![key] / row[key] - 1)))
    if (!(off < 1e-9)) throw new Error(`expected ${JSON.stringify(row)}, got ${JSON.stringify(own)}`)
  }
}

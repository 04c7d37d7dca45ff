import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlFollower } from '@assay/core/control/follower'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { queryApi } from '@assay/query-api/query-api'
import Fastify from 'fastify'
import { below, compared, type Figure, median } from './measure.js'
import { eventsOr } from './options.js'

const USERS = 2_000_000
const CHUNK = 500_000
const START = Date.UTC(2026, 5, 1)
const MONTH = 30 * 86_400_000
const YEAR = 365 * 86_400_000
const HOURS = 720
const SNAPSHOTS = { rows: 500_000, each: 8 }
const ASKED = 50

/** A month by hour of an event that is half of all, and a year by day of effects, over HTTP. */
export async function series(): Promise<Figure[]> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const [store, log, keys] = [await openChdbStore(join(path, 'store')), openLmdbLog(join(path, 'log')), createKeys()]
  await migrate(store)
  const events = eventsOr(20_000_000)
  for (let from = 0; from < events; from += CHUNK) await insert(store, events, from, Math.min(CHUNK, events - from))
  await insertSnapshots(store)
  const server = Fastify()
  const control = await ControlFollower.start(log, console.error)
  await server.register(queryApi, { store, log, keys: new KeyRing(keys), control, clock: () => START + YEAR })
  const address = await server.listen({ host: '127.0.0.1', port: 0 })
  const get = (what: string) => ask(`${address}/v1/apps/shop/tests/${what}&key=${keys.read}`)
  const figures = [...(await months(store, get, events)), await years(get)]
  await server.close()
  await control.close()
  await store.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
  return figures
}

type Get = (what: string) => Promise<{ took: number; points: { count?: number }[] }>

async function months(store: Store, get: Get, events: number): Promise<Figure[]> {
  const what = `checkout/series?event=view&bucket=hour&from=${START}&to=${START + MONTH}`
  const timed = async (of: string, expected: number) => {
    const { took, points } = await get(of)
    const count = points.reduce((sum, point) => sum + point.count!, 0)
    if (points.length !== 2 * HOURS || count !== expected)
      throw new Error(`expected ${expected} events in ${2 * HOURS} points, got ${count} in ${points.length}`)
    return took
  }
  const raw: number[] = []
  let views = 0
  for (let i = 0; i < 3; i++) {
    const started = performance.now()
    const rows = await store.read.query<{ count: number }>(rawSql)
    raw.push(performance.now() - started)
    views = rows.reduce((sum, { count }) => sum + count, 0)
  }
  const first = await timed(what, views)
  const [same, other]: [number[], number[]] = [[], []]
  for (let i = 1; i <= ASKED; i++) {
    await insert(store, events, events - 1, 1, 'view')
    other.push(await timed(what, views + i))
    same.push(await timed(what, views + i))
  }
  const { took: summed } = await get(`${what}&cumulative=true`)
  const name = `a month by hour of ${views.toLocaleString('en-US')} of ${events.toLocaleString('en-US')} events`
  const often = `median of ${ASKED}`
  return [
    below(`${name}, ${often}`, median(same), 'ms', 30),
    below(`the same, an event more each time, ${often}`, median(other), 'ms', 30),
    compared('the same', median(same), 'ms', 'raw events', median(raw)),
    compared('the same, asked for the first time', first, 'ms', 'raw events', median(raw)),
    compared('the same, cumulative, for the first time', summed, 'ms', 'raw events', median(raw)),
  ]
}

async function years(get: Get): Promise<Figure> {
  const times: number[] = []
  for (let i = 0; i < ASKED; i++) {
    const { took, points } = await get(`long/effects?from=${START}&to=${START + YEAR}`)
    if (points.length !== 2 * 365) throw new Error(`expected 365 days of two branches, got ${points.length} points`)
    times.push(took)
  }
  const rows = SNAPSHOTS.rows.toLocaleString('en-US')
  return below(`effects of a year by day from ${rows} rows of snapshots, median of ${ASKED}`, median(times), 'ms', 250)
}

/** In the order of their time, as they come; half of them views. */
function insert(store: Store, events: number, from: number, count: number, event = ''): Promise<void> {
  return store.write.command(
    `INSERT INTO inbox SELECT concat('e-', toString(number)) AS id, 'shop' AS app,
       concat('user-', toString(cityHash64(number) % ${USERS})) AS user,
       if({event:String} != '', {event:String},
         ['$exposure', 'view', 'view', 'view', 'search', 'view', 'cart', 'purchase'][cityHash64(number, 1) % 8 + 1]) AS event,
       exp(randNormal(3, 1)) AS value, fromUnixTimestamp64Milli(toInt64(${START} + intDiv(number * ${MONTH}, ${events})), 'UTC') AS time,
       map('checkout', if(cityHash64(user) % 2 = 0, 'master', 'one-page')) AS tests, map() AS props, time AS received, 0, number
     FROM numbers({from:UInt64}, {count:UInt64})`,
    { from, count, event },
  )
}

/** A year of a test's snapshots, each of two metrics in two branches, as evenly apart as there are so many. */
function insertSnapshots(store: Store): Promise<void> {
  const { rows, each } = SNAPSHOTS
  const apart = Math.floor(YEAR / (rows / each))
  return store.write.command(
    `INSERT INTO moments (app, test, as_of, event, branch, users, converted, mean, m2, sum, crossover, inferred)
     SELECT 'shop', 'long', fromUnixTimestamp64Milli(toInt64(${START} + intDiv(number, ${each}) * ${apart}), 'UTC'),
       ['', 'a', 'b', 'c'][number % 4 + 1], ['x', 'y'][intDiv(number, 4) % 2 + 1],
       1000 + number, 100 + intDiv(number, 9), rand() / 1e9, rand(), rand(), 0, 0
     FROM numbers(${rows})`,
  )
}

/** The same answer without a rollup. */
const rawSql = `
  SELECT tests['checkout'] AS branch, toStartOfHour(time) AS start, count() AS count, avg(value) AS mean,
    stddevSampStable(value) AS stddev, min(value) AS min, max(value) AS max, uniqCombined64(cityHash64(user)) AS users,
    quantilesExact(0.5, 0.9, 0.95, 0.99)(value) AS quantiles
  FROM events WHERE app = 'shop' AND event = 'view' AND mapContains(tests, 'checkout')
    AND time >= fromUnixTimestamp64Milli(toInt64(${START}), 'UTC') AND time < fromUnixTimestamp64Milli(toInt64(${START + MONTH}), 'UTC')
  GROUP BY branch, start ORDER BY branch, start`

async function ask(url: string) {
  const started = performance.now()
  const body = (await (await fetch(url)).json()) as { series: { points: { count?: number }[] }[] }
  return { took: performance.now() - started, points: body.series.flatMap(({ points }) => points) }
}

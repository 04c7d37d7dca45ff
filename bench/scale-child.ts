import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Aggregator } from '@assay/aggregator/aggregator'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import { GeneratedLog, type Population } from './generated-log.js'

/** What a million events cost between two points of a run. */
export interface Point {
  events: number
  /** Events a second since the point before. */
  rate: number
  /** Microseconds of processor an event since then, without the making of the records. */
  cpu: number
  /** Bytes on disk an event, so far. */
  disk: number
  /** Greatest resident memory of its own so far, in MB. */
  memory: number
  /** Seconds until moments were up to date, once everything was in the tables; at the last point only. */
  moments: number | null
}

/** A population through an aggregator into all tables of an embedded store; tells each point as it is reached. */
const population = JSON.parse(process.argv[2]!) as Population
const points = JSON.parse(process.argv[3]!) as number[]
const path = mkdtempSync(join(tmpdir(), 'assay-scale-'))
const store = await openChdbStore(join(path, 'store'))
await migrate(store)
const log = new GeneratedLog(population)
const making = await makingCost(new GeneratedLog(population))
let memory = 0
const sampling = setInterval(() => {
  memory = Math.max(memory, Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1000)
}, 200)
const aggregator = await Aggregator.start({
  log,
  store,
  onError: (error) => console.error(String(error).slice(0, 300)),
})
let before = mark(0)
for (const point of points) {
  while ((await aggregator.status()).read < point) await sleep(20)
  const now = mark((await aggregator.status()).read)
  const events = now.events - before.events
  const last = point === points.at(-1)
  process.send!({
    events: now.events,
    rate: (1000 * events) / (now.time - before.time),
    cpu: (now.cpu - before.cpu) / events - making,
    disk: (await bytes(store)) / now.events,
    memory,
    moments: last ? await untilFresh() : null,
  } satisfies Point)
  before = now
}
clearInterval(sampling)
await aggregator.close()
await store.close()
rmSync(path, { recursive: true, force: true })
process.exit(0)

function mark(events: number) {
  const { user, system } = process.cpuUsage()
  return { events, time: performance.now(), cpu: user + system }
}

/** Microseconds of processor a record that is made, once the code is warm. */
async function makingCost(trial: GeneratedLog): Promise<number> {
  let [from, started] = [0, 0]
  for (const until of [100_000, 300_000]) {
    started = mark(0).cpu
    for (; from < until; from += 5000) await trial.read('', 0, 0, { records: 5000 })
  }
  return (mark(0).cpu - started) / 200_000
}

async function untilFresh(): Promise<number> {
  const started = performance.now()
  while (!(await aggregator.status()).fresh) await sleep(20)
  return (performance.now() - started) / 1000
}

async function bytes({ read }: Store): Promise<number> {
  const sql = 'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()'
  const [row] = await read.query<{ bytes: number }>(sql)
  return row!.bytes
}

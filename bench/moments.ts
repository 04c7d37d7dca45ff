import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Moments } from '@assay/aggregator/moments/moments'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Store } from '@assay/core/store/store'
import type { Plan } from '@assay/moments/plan'
import { compared, type Figure, median } from './measure.js'

const USERS = 100_000
const SNAPSHOTS = 9
const DAY = 86_400_000
const NOW = Date.UTC(2026, 4, 28, 12)
/** Each user is in one of five live tests, and was in as many others as stand in a row of 20. */
const LIVE = 5
const EACH = 20

const metrics = [
  { name: 'buyers', kind: 'conversion', event: 'buy', window: { to: 7 } },
  { name: 'revenue', kind: 'sum', event: 'buy' },
].map((metric) => metricDefinition.parse(metric))

const plan: Plan = Array.from({ length: LIVE * EACH }, (_, i) => ({
  test: `t${i}`,
  phases: [{ version: 2, from: NOW - 30 * DAY, to: i < LIVE ? null : NOW - 5 * DAY, weights: { a: 1, b: 1 } }],
  metrics: metrics.map((metric) => ({ metric, ...computationOf(metric) })),
}))

/** CPU of a snapshot after a thousand events: of 100 tests of which 5 live, and of one test whose users identify themselves. */
export async function moments(): Promise<Figure[]> {
  const many = `snapshot of ${LIVE * EACH} tests of ${USERS / LIVE} users, ${LIVE} live`
  const linked = `snapshot of ${USERS} users, 10 new links`
  return [
    await versus(many, EACH, plan, 0),
    await versus(linked, 1, [], 10),
    await versus('without new links', 1, [], 0),
  ]
}

async function versus(name: string, each: number, plan: Plan, links: number): Promise<Figure> {
  const [next, first] = [await cost(each, plan, links, false), await cost(each, plan, links, true)]
  return compared(name, next, 'ms CPU', 'from nothing', first)
}

/** Milliseconds of CPU of a snapshot, the median after the first; of few where each takes long. */
async function cost(each: number, plan: Plan, links: number, isFromNothing: boolean): Promise<number> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const store = await openChdbStore(join(path, 'store'))
  try {
    await migrate(store)
    const log = new Filling(store, each)
    await log.start()
    let moments = new Moments(store, 'shop')
    const times: number[] = []
    for (let i = 0; i <= (isFromNothing ? 3 : SNAPSHOTS); i++) {
      if (isFromNothing) moments = new Moments(store, 'shop')
      const { user, system } = process.cpuUsage()
      await moments.snapshot([log.offset], NOW + i * 60_000, plan)
      const spent = process.cpuUsage({ user, system })
      times.push((spent.user + spent.system) / 1000)
      await log.go(links)
    }
    return median(times.slice(1))
  } finally {
    await store.close()
    rmSync(path, { recursive: true, force: true })
  }
}

/** Events made inside the engine. */
class Filling {
  offset = 0
  readonly #store: Store
  readonly #each: number
  #linked = USERS / 10

  constructor(store: Store, each: number) {
    this.#store = store
    this.#each = each
  }

  /** Every user is exposed, and does six things; one in ten has another id, if any have. */
  async start(): Promise<void> {
    const test = (i: string) => `concat('t', toString(${i} * ${LIVE} + u % ${LIVE}))`
    const tests = `mapFromArrays(arrayMap(i -> ${test('i')}, range(${this.#each})), arrayMap(i -> if(cityHash64(u, i) % 2 = 0, 'a', 'b'), range(${this.#each})))`
    await this.#insert(USERS, { event: "'$exposure'", user: 'u', tests, time: NOW - 20 * DAY })
    await this.#insert(6 * USERS, { event: "if(number % 3 = 0, 'buy', 'view')", user: 'u', time: NOW - 10 * DAY })
    if (this.#each === 1) await this.#link(this.#linked, 0)
  }

  async go(links: number): Promise<void> {
    await this.#insert(1000, { event: "'buy'", user: 'cityHash64(offset) % 100000', time: NOW })
    if (links > 0) await this.#link(links, this.#linked)
    this.#linked += links
  }

  async #link(n: number, from: number): Promise<void> {
    const props = `map('user', concat('account-', toString(number + ${from})))`
    await this.#insert(n, { event: "'$identify'", user: `number + ${from}`, props, time: NOW })
  }

  async #insert(n: number, row: { event: string; user: string; tests?: string; props?: string; time: number }) {
    const { event, user, tests = 'map()', props = 'map()', time } = row
    await this.#store.write.command(`
      INSERT INTO inbox
      SELECT toString(offset), 'shop', concat('user-', toString(u)), ${event}, offset % 97,
        fromUnixTimestamp64Milli(toInt64(${time} + number)), ${tests}, ${props}, fromUnixTimestamp64Milli(toInt64(${NOW})), 0, offset
      FROM (SELECT number, number + ${this.offset} AS offset, ${user.replace(/^u$/, `number % ${USERS}`)} AS u FROM numbers(${n}))`)
    this.offset += n
  }
}

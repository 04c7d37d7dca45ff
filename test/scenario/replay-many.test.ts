import { setTimeout as wait } from 'node:timers/promises'
import { Aggregator } from '@assay/aggregator/aggregator'
import { rebuildPast } from '@assay/aggregator/past'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import type { Entry, Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { differing, nothingDiffers } from '../fault/inspect.js'
import { type ClickHouse, newDatabase, openClickHouse, openServerStore } from '../support/clickhouse.js'
import { assay } from '../support/command.js'
import { entry } from '../support/entry.js'
import { type Kafka, kafkaBrokers } from '../support/kafka.js'
import { dropTopics } from '../support/topics.js'

/** A replay beside several aggregators on one store: each test goes on with what the one before it left. */
let kafka: Kafka
let server: ClickHouse
const PARTITIONS = 4
const MONTHS = 3
const EACH = 600
let log: Log
let store: Store
let sent = 0
let two: readonly [Aggregator, Aggregator]
/** What happens before tables are exchanged. */
let beforeExchange = async () => {}
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  server = await openClickHouse()
  kafka = await kafkaBrokers()
  closing.push(server.close, kafka.stop)
  await dropTopics(kafka.brokers.split(','))
  store = await openServerStore(server)
  closing.push(store.close)
  log = await openLog()
  for (let month = 0; month < MONTHS; month++) await append(EACH, Date.UTC(2026, month, 15))
  two = [await start(), await start()]
  await shared()
  await settled()
}, 300_000)
afterAll(async () => {
  for (const close of closing.reverse()) await close()
}, 60_000)

/** Resolves when each of the two has half of the partitions. */
const shared = () =>
  vi.waitFor(async () => {
    for (const aggregator of two) expect((await aggregator.status()).partitions).toHaveLength(PARTITIONS / 2)
  }, 20_000)

async function openLog(): Promise<Log> {
  const opened = await openKafkaLog({ brokers: kafka.brokers.split(','), partitions: PARTITIONS, replicas: 1 })
  closing.push(opened.close)
  return opened
}

async function start(): Promise<Aggregator> {
  const command: Store['write']['command'] = async (sql, params) => {
    if (sql.startsWith('EXCHANGE')) await beforeExchange()
    return store.write.command(sql, params)
  }
  const aggregator = await Aggregator.start({
    log: await openLog(),
    store: { ...store, write: { ...store.write, command } },
  })
  let closed: Promise<void> | null = null
  const close = aggregator.close.bind(aggregator)
  aggregator.close = () => (closed ??= close())
  closing.push(aggregator.close)
  return aggregator
}

/** Each id is sent twice, and shall count once. */
async function append(count: number, received = Date.UTC(2026, MONTHS, 15)): Promise<void> {
  const entries: Entry[] = Array.from({ length: count }, (_, i) => {
    const n = sent + i
    const tests = { t: n % 2 ? 'a' : 'b' }
    return entry({ id: `e${n}`, user: `u${n % 97}`, value: n % 5, tests, received, time: received })
  })
  sent += count
  await log.append('assay.events', entries)
  await log.append('assay.events', entries)
}

const settled = () =>
  vi.waitFor(
    async () => {
      for (const aggregator of two) expect((await aggregator.status()).lag).toBe(0)
      const [row] = await store.read.query<{ n: number }>("SELECT count() AS n FROM events WHERE app != ''")
      expect(row!.n).toBe(sent)
    },
    { timeout: 90_000, interval: 100 },
  )

/** Every event is counted once, in every table. */
async function expectExact(): Promise<void> {
  await settled()
  await expectEvents(store, sent)
}

async function expectEvents(of: Store, count: number): Promise<void> {
  const [row] = await of.compute.query("SELECT count() AS n, uniqExact(id) AS ids FROM events WHERE app != ''")
  expect(row).toEqual({ n: count, ids: count })
  expect(await differing(of.compute)).toEqual(nothingDiffers)
}

/** What was done in the test, by the last moments there are. */
async function views(of: Store): Promise<number> {
  const [row] = await of.read.query<{ n: number }>(
    `SELECT sum(sum) AS n FROM moments WHERE event = 'view' AND as_of = (SELECT max(as_of) FROM moments WHERE test != '')`,
  )
  return row!.n
}

test('events that come meanwhile count once, whoever replays', async () => {
  const progress: number[] = []
  const replay = two[1].replay(({ done }) => progress.push(done))
  for (let i = 0; i < 20; i++) {
    await append(50)
    await wait(50)
  }
  await replay
  await append(50)
  await expectExact()
  expect(progress[0]).toBe(0)
}, 120_000)

test('one that was cut off is carried on by another process', async () => {
  const half = sent
  const first = two[0].replay(({ done }) => done >= half && void two[0].close())
  await expect(first).rejects.toMatchObject({ code: 'shutting-down' })
  const progress: number[] = []
  two = [two[1], two[1]]
  await two[1].replay(({ done }) => progress.push(done))
  expect(progress[0]).toBeGreaterThanOrEqual(half)
  expect(progress.at(-1)).toBe(2 * sent)
  await expectExact()
  two = [two[0], await start()]
  await shared()
}, 120_000)

test('a second one takes over from the first', async () => {
  const progress: number[] = []
  let second: Promise<void> | null = null
  const first = two[0].replay(() => {
    second ??= two[1].replay(({ done }) => progress.push(done))
  })
  await expect(first).rejects.toMatchObject({ code: 'replay-overtaken' })
  await second
  expect(progress.at(-1)).toBe(2 * sent)
  await expectExact()
}, 120_000)

test('one that slept in its swap until others went on swaps nothing, catches up, and swaps then', async () => {
  let slept = 0
  onTestFinished(() => {
    beforeExchange = async () => {}
  })
  beforeExchange = async () => {
    if (++slept > 1) return
    // As if its time were over.
    await store.write.command(
      `INSERT INTO owners SELECT number, (SELECT max(epoch) + 1 FROM owners), 'hold:1:late' FROM numbers(${PARTITIONS})`,
    )
    await append(100)
    await settled()
  }
  const phases: string[] = []
  await two[0].replay(({ phase }) => phases.push(phase))
  expect(slept).toBe(2)
  expect(phases.filter((phase) => phase === 'swapping')).toHaveLength(2)
  await expectExact()
}, 120_000)

test('one that died in its swap keeps nobody away for long', async () => {
  await store.write.command(
    `INSERT INTO owners SELECT number, (SELECT max(epoch) + 1 FROM owners),
       concat('hold:', toString(toUnixTimestamp(now()) + 4), ':dead') FROM numbers(${PARTITIONS})`,
  )
  const held = Date.now()
  await append(100)
  await expectExact()
  expect(Date.now() - held).toBeGreaterThan(2000)
}, 120_000)

test('a database of then has the events and moments of then, goes on, and can be made anew', async () => {
  const past = await openServerStore(server)
  onTestFinished(past.close)
  const until = (months: number) => Date.UTC(2026, months, 1)
  const failing = { log, store: past, idWindow: 250_000, until: until(2) }
  const onProgress = ({ done }: { done: number }) => {
    if (done > EACH) throw new Error('stopped')
  }
  await expect(rebuildPast({ ...failing, onProgress })).rejects.toThrow('stopped')
  const done: number[] = []
  expect(await rebuildPast({ ...failing, onProgress: (step) => done.push(step.done) })).toBe(2 * 2 * EACH)
  expect(done[0]).toBeGreaterThan(EACH)
  await expectEvents(past, 2 * EACH)
  expect(await views(past)).toBe(valuesOf(2 * EACH))

  const [name, env] = [past.dialect.database, environment()]
  const made = await assay(['replay', '--to', new Date(until(1)).toISOString(), '--into', name, '--json'], env)
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(made.out)).toEqual({ into: name, kind: 'database', records: 2 * EACH })
  await expectEvents(past, EACH)
  expect(await views(past)).toBe(valuesOf(EACH))
  await expectExact()
  for (const used of [store.dialect.database, env.CLICKHOUSE_DATABASE])
    expect(await assay(['replay', '--to', '2026-02-01', '--into', used], env)).toMatchObject({ code: 1 })
}, 120_000)

const valuesOf = (count: number) => Array.from({ length: count }, (_, n) => n % 5).reduce((a, b) => a + b, 0)

const environment = () => ({
  KAFKA_BROKERS: kafka.brokers,
  KAFKA_PARTITIONS: String(PARTITIONS),
  KAFKA_REPLICAS: '1',
  CLICKHOUSE_URL: server.url,
  CLICKHOUSE_USER: server.user,
  CLICKHOUSE_PASSWORD: server.password,
  CLICKHOUSE_DATABASE: newDatabase(),
})

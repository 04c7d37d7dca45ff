import { setTimeout as sleep } from 'node:timers/promises'
import { toLines } from '@assay/aggregator/lines'
import { migrate } from '@assay/core/store/migrate'
import { migrations } from '@assay/core/store/migrations'
import { INBOX } from '@assay/core/store/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entry, NOON } from '../support/entry.js'
import { nextCommand } from '../support/next-command.js'
import { nextStep } from '../support/next-step.js'
import { runSeed } from '../support/random.js'
import { type Machine, openMachine, settled as settledMachine } from '../support/single-machine.js'
import { contents } from '../support/tables.js'
import { differingMoments } from './inspect-moments.js'
import { Installation, type Running } from './installation.js'
import { Load } from './load.js'
import { settled, statusOf } from './settled.js'

const newer = `Expected a schema of version ${migrations.length} at the most; it has ${nextStep.version}.`

describe('processes replaced one by one by ones of a next version, under load', () => {
  let place: Installation
  let load: Load
  let next: string
  const aggregators: Running[] = []
  beforeAll(async () => {
    next = await nextCommand()
    place = await Installation.open()
    for (const stage of ['aggregator', 'aggregator', 'ingest', 'ingest', 'query-api'] as const) await place.start(stage)
    aggregators.push(...place.of('aggregator'))
    load = new Load(place, runSeed('upgrade'))
  }, 300_000)
  afterAll(() => place.close())

  const stored = async (running: Running) => (await statusOf(running, place.keys.read)).stored
  const replace = async (old: Running, signal: 'SIGTERM' | 'SIGKILL') => {
    await old.end(signal)
    await place.start(old.stage, next)
    await load.flows()
  }
  /** Each insert under way fails, and is repaired table by table. */
  const interrupt = async () => {
    place.toStore.weather = { kind: 'cut' }
    await sleep(1000)
    place.toStore.weather = { kind: 'clear' }
    await load.flows()
  }

  test('old aggregators go on when the first new one has brought the schema on', async () => {
    await load.flows()
    await interrupt()
    await place.start('aggregator', next)
    const [row] = await place.store.read.query('SELECT max(version) AS version FROM schema_version')
    expect(row).toEqual({ version: nextStep.version })
    const before = await Promise.all(aggregators.map(stored))
    await interrupt()
    for (const [i, old] of aggregators.entries())
      await expect.poll(() => stored(old), { timeout: 60_000 }).toBeGreaterThan(before[i]!)
  }, 180_000)

  test('an old aggregator that starts after that is refused; other old stages start and answer', async () => {
    await expect(place.start('aggregator')).rejects.toThrow(newer)
    await (await place.start('ingest')).end('SIGTERM')
    const queryApi = await place.start('query-api')
    const response = await fetch(`${queryApi.url}/v1/apps?key=${place.keys.read}`)
    expect(await response.json()).toMatchObject({ apps: [{ app: 'shop' }] })
    await queryApi.end('SIGTERM')
  }, 120_000)

  test('everything acknowledged is counted once when all are replaced', async () => {
    await replace(aggregators[0]!, 'SIGTERM')
    await replace(aggregators[1]!, 'SIGKILL')
    for (const old of [...place.of('query-api'), ...place.of('ingest')]) await replace(old, 'SIGTERM')
    await load.finish()
    await settled(place)
    expect(load.acknowledged).toBeGreaterThan(2000)
    expect(await load.wrong()).toEqual([])
    await expect.poll(() => differingMoments(place.store), { timeout: 60_000, interval: 500 }).toBe(0)
    const [row] = await place.store.read.query<{ n: number }>('SELECT sum(n) AS n FROM per_app')
    // From the step on: what was before it takes a replay.
    expect(row!.n).toBeGreaterThan(0)
    expect(row!.n).toBeLessThan(load.acknowledged)
  }, 300_000)
})

describe('a store of earlier steps', () => {
  const rows = (from: number) =>
    Array.from({ length: 100 }, (_, i) => entry({ id: `e${from + i}`, user: `u${i % 9}`, tests: { t: 'a' } }))

  async function counted(machine: Machine) {
    const aggregator = await machine.start()
    await settledMachine(aggregator)
    await aggregator.close()
    return contents(machine.store)
  }

  test.each(migrations.map((_, i) => i + 1))(
    'that has the first %i keeps what it holds, and counts on',
    async (steps) => {
      const machine = await openMachine(migrations.slice(0, steps))
      await machine.log.append('assay.events', rows(0))
      const records = await machine.log.read('assay.events', 0, 0, { records: 1000, bytes: 1e9 })
      const lines = toLines(records, 0, { offset: records.length - 1, received: NOON })
      await machine.store.write.insertLines(INBOX, lines, 'before')
      await machine.log.append('assay.events', rows(100))
      const found = await counted(machine)
      await migrate(machine.store, [...migrations, nextStep])
      expect(await contents(machine.store)).toEqual(found)
      await machine.close()
      const undisturbed = await openMachine()
      await undisturbed.log.append('assay.events', [...rows(0), ...rows(100)])
      expect(found).toEqual(await counted(undisturbed))
      await undisturbed.close()
    },
  )

  test('is not rebuilt by a process that is older than it', async () => {
    const machine = await openMachine()
    await machine.log.append('assay.events', rows(0))
    const aggregator = await machine.start()
    await settledMachine(aggregator)
    await migrate(machine.store, [...migrations, nextStep])
    await expect(aggregator.replay(() => {})).rejects.toMatchObject({ code: 'schema-newer', message: newer })
    await machine.log.append('assay.events', rows(100))
    await settledMachine(aggregator)
    const [row] = await machine.store.read.query("SELECT count() AS n, any(country) AS c FROM events WHERE app != ''")
    expect(row).toEqual({ n: 200, c: '' })
    await aggregator.close()
    await machine.close()
  })
})

import { GROUP, writeClaim } from '@assay/aggregator/claim'
import { toLines } from '@assay/aggregator/lines'
import type { Event } from '@assay/core/event'
import { payload } from '@assay/core/log/log'
import { events, INBOX, tables } from '@assay/core/store/schema'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { entry, NOON } from '../support/entry.js'
import { type Machine, openMachine, settled } from '../support/single-machine.js'
import { contents } from '../support/tables.js'

let machine: Machine
beforeEach(async () => {
  machine = await openMachine()
})
afterEach(() => machine.close())

const append = (...rows: (Partial<Event> & { id: string })[]) => machine.log.append('assay.events', rows.map(entry))
const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    user: `u${i % 50}`,
    value: i % 5,
    tests: { t: i % 2 ? 'a' : 'b' },
  }))

async function run(options = {}) {
  const aggregator = await machine.start(options)
  await settled(aggregator)
  const status = await aggregator.status()
  await aggregator.close()
  return status
}
const counted = async () =>
  (await machine.store.read.query<{ n: number }>("SELECT count() AS n FROM events WHERE app != ''"))[0]!.n

describe('repeats', () => {
  test('a retry by a client counts once, in the same batch, in a later one, and after a restart', async () => {
    await append({ id: 'a' }, { id: 'a' }, { id: 'b' })
    expect(await run()).toMatchObject({ read: 3, stored: 2, duplicates: 1 })
    await append({ id: 'a' })
    expect(await run()).toMatchObject({ read: 1, stored: 0, duplicates: 1 })
    expect(await counted()).toBe(2)
  })

  test('the same id of another app is another event', async () => {
    await append({ id: 'a' }, { id: 'a', app: 'blog' })
    expect(await run()).toMatchObject({ stored: 2 })
  })

  test('past the window an id is new again, but an imported row never is', async () => {
    const rows = [{ id: 'import:abc:0' }, { id: 'plain' }]
    await append(...rows, ...many(0, 20))
    await run({ idWindow: 10 })
    await append(...rows)
    expect(await run({ idWindow: 10 })).toMatchObject({ read: 2, stored: 1, duplicates: 1 })
  })
})

describe('a crash between claim and tables', () => {
  const everything = () => contents(machine.store)

  /** What the tables hold when nothing goes wrong. */
  let undisturbed: Awaited<ReturnType<typeof contents>>
  beforeAll(async () => {
    const other = await openMachine()
    await other.log.append('assay.events', many(0, 200).map(entry))
    const aggregator = await other.start()
    await settled(aggregator)
    await aggregator.close()
    undisturbed = await contents(other.store)
    await other.close()
  })

  async function claimed() {
    await append(...many(0, 200))
    const member = await machine.log.join(GROUP, 'assay.events', () => {})
    await writeClaim(member, 0, { from: 0, last: 199, window: 250_000 })
    const records = await machine.log.read('assay.events', 0, 0, { records: 1000, bytes: 1e9 })
    return toLines(records, 0, { offset: 199, received: NOON })
  }

  test('with no table filled, all are', async () => {
    await claimed()
    await run()
    expect(await everything()).toEqual(undisturbed)
  })

  test('with all tables filled, nothing is added', async () => {
    await machine.store.write.insertLines(INBOX, await claimed(), 'assay.events/0/0-199')
    await run()
    expect(await everything()).toEqual(undisturbed)
  })

  test.each(tables.map((t) => t.name))('with only %s filled, the others follow', async (name) => {
    const lines = await claimed()
    if (name === events.name) {
      await machine.store.write.insertLines(name, lines, 'lost')
    } else {
      await machine.store.write.insertLines(events.name, lines, 'lost')
      const table = tables.find((t) => t.name === name)!
      await machine.store.write.command(`INSERT INTO ${name} ${table.select(events.name)}`)
      // The engine may have written this part before that of `events`.
      await machine.store.write.command(`TRUNCATE TABLE ${events.name}`)
    }
    await run()
    expect(await everything()).toEqual(undisturbed)
  })

  test('a token remembered for a part that was lost loses nothing', async () => {
    await machine.store.write.insertLines(INBOX, await claimed(), 'assay.events/0/0-199')
    for (const table of tables)
      await machine.store.write.command(`ALTER TABLE ${table.name} DELETE WHERE 1 SETTINGS mutations_sync = 1`)
    await run()
    expect(await everything()).toEqual(undisturbed)
  })

  test('a failing store is tried again until it works, and each table has the batch once', async () => {
    await append(...many(0, 200))
    const { store } = machine
    let failures = 0
    const stage = async (lines: readonly Uint8Array[]) => ({
      insert: async (table: string, token: string) => {
        if (table === INBOX) await store.write.insertLines(events.name, lines, token)
        if (failures++ < 3) throw new Error('the disk is full')
        await store.write.insertLines(table, lines, token)
      },
    })
    const insertLines = async (table: string, lines: readonly Uint8Array[], token: string) => {
      await (await stage(lines)).insert(table, token)
    }
    const flaky = { ...store, write: { ...store.write, stage, insertLines } }
    await run({ store: flaky })
    expect(machine.retries.length).toBeGreaterThan(0)
    expect(await everything()).toEqual(undisturbed)
  })
})

describe('records that cannot be stored', () => {
  const poison = [
    ['not JSON', 'what?'],
    ['two lines', '{"id":"x"}\n{"id":"y"}'],
    ['no app', '{"id":"x","user":"u","event":"e"}'],
    ['a word for a value', '{"id":"x","app":"a","user":"u","event":"e","value":"much"}'],
    ['cut short', '{"id":"x","app":"a","user":"u","eve}'],
  ] as const

  test.each(poison)('%s goes to quarantine, its neighbours are counted', async (_, value) => {
    await append(...many(0, 50))
    await machine.log.append('assay.events', [{ ...entry({ id: 'bad' }), value }])
    await append(...many(50, 50))
    expect(await run()).toMatchObject({ read: 101, stored: 100, quarantined: 1 })
    expect(await counted()).toBe(100)
    const [set] = await machine.log.read('assay.quarantine', 0, 0, { records: 10, bytes: 1e6 })
    const kept = JSON.parse(payload(set!).toString())
    expect(kept).toMatchObject({ partition: 0, offset: 50, id: 'bad' })
    expect(Buffer.from(kept.value, 'base64').toString()).toBe(value)
  })
})

describe('replay', () => {
  test('gives equal tables while events keep coming, and counting goes on after the swap', async () => {
    await append(...many(0, 500), ...many(0, 100), { id: 'import:abc:7' }, { id: 'import:abc:7' })
    const aggregator = await machine.start()
    await settled(aggregator)
    const before = await contents(machine.store)
    await aggregator.replay(() => {})
    expect(await contents(machine.store)).toEqual(before)
    const during = aggregator.replay(() => {})
    await append(...many(1000, 300))
    await during
    await append(...many(1000, 10), ...many(2000, 5), { id: 'import:abc:7' })
    await settled(aggregator)
    await aggregator.close()
    expect(await counted()).toBe(501 + 300 + 5)
  })

  test('a month’s end inside a batch makes two parts, neither lost after a restart', async () => {
    const midnight = Date.UTC(2026, 5, 1)
    await append(...many(0, 20).map((e, i) => ({ ...e, received: midnight - 10 + i })))
    await run()
    await run()
    expect(await counted()).toBe(20)
  })

  test('a second replay is refused while one runs', async () => {
    await append(...many(0, 5000))
    const aggregator = await machine.start()
    const first = aggregator.replay(() => {})
    await expect(aggregator.replay(() => {})).rejects.toMatchObject({ code: 'replay-running' })
    await first
    await aggregator.close()
  })
})

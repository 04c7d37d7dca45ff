import type { Aggregator } from '@assay/aggregator/aggregator'
import type { Progress } from '@assay/aggregator/replay'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entry } from '../support/entry.js'
import { type Machine, openMachine, settled } from '../support/single-machine.js'
import { contents } from '../support/tables.js'

let machine: Machine
beforeEach(async () => {
  machine = await openMachine()
})
afterEach(() => machine.close())

const MONTHS = 6
const EACH = 200

/** Of each month what a user of the test did under another id, and that it was them. */
const month = (m: number) => {
  const received = Date.UTC(2026, m, 15)
  const of = { user: `guest${m}`, received, time: received }
  const events = Array.from({ length: EACH }, (_, i) => {
    const tests = { t: i % 2 ? 'a' : 'b' }
    return entry({ id: `e${m * EACH + i}`, user: `u${i % 50}`, value: i % 5, tests, received, time: received })
  })
  const link = { event: '$identify', props: { user: `u${m}` } }
  return [...events, entry({ id: `g${m}`, value: 100, ...of }), entry({ id: `l${m}`, ...link, ...of })]
}

/** A batch never spans a month, so there are as many batches. */
const history = Array.from({ length: MONTHS }, (_, m) => month(m)).flat()

async function filled(): Promise<Aggregator> {
  await machine.log.append('assay.events', history)
  const aggregator = await machine.start()
  await settled(aggregator)
  return aggregator
}

/** Stops the aggregator in the middle of a replay. */
async function cutOff(aggregator: Aggregator): Promise<void> {
  let closed: Promise<void> | null = null
  const replay = aggregator.replay(({ done }) => {
    if (done > history.length / 2) closed ??= aggregator.close()
  })
  await expect(replay).rejects.toMatchObject({ code: 'shutting-down' })
  await closed
}

async function replayed(aggregator: Aggregator): Promise<Progress[]> {
  const progress: Progress[] = []
  await aggregator.replay((now) => progress.push(now))
  return progress
}

const besides = () =>
  machine.store.read.query(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND (name LIKE '%replay%' OR name LIKE 'ticket%')",
  )

test('one that was cut off goes on where it stopped, after a restart', async () => {
  const first = await filled()
  const before = await contents(machine.store)
  await cutOff(first)
  expect(await contents(machine.store)).toEqual(before)
  const second = await machine.start()
  const [start, ...rest] = await replayed(second)
  expect(start).toMatchObject({ phase: 'reading', total: history.length })
  expect(start!.done).toBeGreaterThan(history.length / 2)
  expect(rest.at(-1)).toEqual({ phase: 'swapping', done: history.length, total: history.length })
  expect(await contents(machine.store)).toEqual(before)
  expect(await besides()).toEqual([])
  await second.close()
})

test('one of another id window starts over', async () => {
  await cutOff(await filled())
  const second = await machine.start({ idWindow: 100 })
  const [start] = await replayed(second)
  expect(start!.done).toBe(0)
  await second.close()
})

test('the second one reads everything again, and the tables of before go', async () => {
  const aggregator = await filled()
  const before = await contents(machine.store)
  for (let i = 0; i < 2; i++) {
    const [start] = await replayed(aggregator)
    expect(start!.done).toBe(0)
    expect(await contents(machine.store)).toEqual(before)
    expect(await besides()).toEqual([])
  }
  await aggregator.close()
})

test('moments follow from the tables there are since', async () => {
  await (await filled()).close()
  const sums = async (aggregator: Aggregator) => {
    while (!(await aggregator.status()).fresh) await new Promise((resolve) => setTimeout(resolve, 20))
    return machine.store.read.query(
      "SELECT branch, argMax(sum, as_of) AS sum FROM moments WHERE event = 'view' GROUP BY branch ORDER BY branch",
    )
  }
  const right = [
    { branch: 'a', sum: MONTHS * EACH + 300 },
    { branch: 'b', sum: MONTHS * EACH + 300 },
  ]
  await machine.store.write.command('ALTER TABLE facts DELETE WHERE offset % 10 = 4 SETTINGS mutations_sync = 1')
  const aggregator = await machine.start()
  expect(await sums(aggregator)).not.toEqual(right)
  await replayed(aggregator)
  expect(await sums(aggregator)).toEqual(right)
  await aggregator.close()
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { entry } from '../support/entry.js'
import { type Machine, openMachine, settled } from '../support/single-machine.js'
import { Inspector, nothingDiffers } from './inspect.js'

let machine: Machine
let inspector: Inspector
beforeEach(async () => {
  machine = await openMachine()
  inspector = await Inspector.open(machine.log, machine.store)
  const link = { event: '$identify', props: { user: 'bob' } }
  const events = ['a', 'b', 'a', 'c'].map((id, n) =>
    entry({ id, value: n, tests: { t: 'x' }, ...(id === 'c' && link) }),
  )
  await machine.log.append('assay.events', [...events, { ...entry({ id: 'bad' }), value: 'what?' }])
  const aggregator = await machine.start()
  await settled(aggregator)
  await aggregator.close()
})
afterEach(() => machine.close())

const tamper = (sql: string) => machine.store.write.command(sql)
const numbers = { records: 5, repeats: 1, bad: 1 }

test('what was counted right has nothing that differs, and the numbers add up', async () => {
  const { ids, ...rest } = await inspector.inspect()
  expect(new Map(ids)).toEqual(new Map(['a', 'b', 'c'].map((id) => [id, 1])))
  expect(rest).toEqual({ ...numbers, stored: 3, differing: nothingDiffers })
})

test('an event that is there twice is seen, though it is the same', async () => {
  await tamper("INSERT INTO events SELECT * FROM events WHERE id = 'b'")
  const { ids, stored } = await inspector.inspect()
  expect([new Map(ids).get('b'), stored]).toEqual([2, 4])
})

test('tables that lack what events has are seen', async () => {
  for (const table of ['bucket_rollup', 'exposures', 'facts', 'aliases']) await tamper(`TRUNCATE TABLE ${table}`)
  expect((await inspector.inspect()).differing).toEqual({
    ...nothingDiffers,
    ...{ bucket_rollup: 2, exposures: 1, facts: 3, aliases: 1 },
  })
})

test('a later record that was counted in place of the first of its id is seen', async () => {
  await tamper("ALTER TABLE events UPDATE offset = 2, value = 2 WHERE id = 'a' SETTINGS mutations_sync = 1")
  expect((await inspector.inspect()).differing).toEqual({ ...nothingDiffers, events: 2 })
})

test('what the folds have twice is seen', async () => {
  for (const table of ['bucket_rollup', 'facts'])
    await tamper(`INSERT INTO ${table} SELECT * FROM ${table} WHERE app != '' LIMIT 1`)
  const { differing } = await inspector.inspect()
  expect(differing).toEqual({ ...nothingDiffers, bucket_rollup: 2, facts: 1 })
})

import { describe, expect, test } from 'vitest'
import type { Row } from './table.js'
import { parseMetric, type UserColumns, UserRows } from './users.js'

const asked: UserColumns = {
  app: 'game',
  test: 'gate',
  user: 'id',
  branch: 'version',
  metrics: [
    { column: 'bought', kind: 'conversion' },
    { column: 'rounds', kind: 'sum' },
  ],
}

const row = (values: Record<string, unknown>): Row => ({
  values: { id: 'u1', version: 'a', bought: '', rounds: '', ...values },
  row: 3,
  line: 4,
})

function eventsOf(values: Record<string, unknown>, more: Partial<UserColumns> = {}) {
  const rows = new UserRows({ ...asked, ...more })
  const faults: unknown[][] = []
  rows.judge(row(values), (_, ...fault) => faults.push(fault))
  const events = rows.settle().eventsOf(row(values), 9, () => {})
  return { faults, events }
}

describe('a metric', () => {
  test.each([
    ['rounds', { column: 'rounds' }],
    ['rounds:sum', { column: 'rounds', kind: 'sum' }],
    ['bought:conversion', { column: 'bought', kind: 'conversion' }],
    ['ratio a:b', { column: 'ratio a:b' }],
    ['a:sum:sum', { column: 'a:sum', kind: 'sum' }],
  ])('%s', (text, metric) => {
    expect(parseMetric(text)).toEqual(metric)
  })
})

describe('a row', () => {
  const base = { app: 'game', user: 'u1', tests: { gate: 'a' }, time: 9 }

  test('becomes an exposure and an event for each metric', () => {
    expect(eventsOf({ bought: 'TRUE', rounds: '12' }).events).toEqual([
      { ...base, event: '$exposure', value: 1 },
      { ...base, event: 'bought', value: 1 },
      { ...base, event: 'rounds', value: 12 },
    ])
  })

  test('leaves out what did not happen', () => {
    const { events } = eventsOf({ bought: 'FALSE', rounds: '0' })
    expect(events.map((e) => e.event)).toEqual(['$exposure'])
  })

  test('has its own time where there is a column', () => {
    const { events } = eventsOf({ at: '2024-03-01', bought: '1' }, { time: 'at' })
    expect(events.map((e) => e.time)).toEqual([Date.UTC(2024, 2, 1), Date.UTC(2024, 2, 1)])
  })

  test('of JSON or Parquet gives the same events, nested or not', () => {
    const values = { id: 17, version: { name: 'a' }, bought: true, rounds: 12n, at: new Date(9) }
    const { faults, events } = eventsOf(values, { branch: 'version.name', time: 'at' })
    expect(faults).toEqual([])
    expect(events).toEqual(eventsOf({ id: '17', bought: 'TRUE', rounds: '12' }).events)
  })

  test.each([
    [{ bought: 'maybe' }, ['bought', 'true or false, yes or no, 1 or 0', 'maybe']],
    [{ rounds: '12x' }, ['rounds', 'a number such as 12.5', '12x']],
    [{ rounds: '12', bought: null, id: '' }, ['id', 'a user of 1 to 256 printable characters', '']],
    [{ id: 2 ** 53 }, ['id', 'text, or a number below 2^53', '9007199254740992']],
    [{ version: ['a'] }, ['version', 'text, or a number below 2^53', '["a"]']],
    [{ id: Buffer.from([0xff]) }, ['id', 'a user of 1 to 256 printable characters', '\ud800']],
    [{ version: 'a@b' }, ['version', 'a branch of 1 to 128 printable characters, no @', 'a@b']],
    [{ version: '$a' }, ['version', 'a branch that does not start with $', '$a']],
  ])('%j is refused by its column', (values, fault) => {
    expect(eventsOf(values).faults).toEqual([fault])
  })
})

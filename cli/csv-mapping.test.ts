import { describe, expect, test } from 'vitest'
import type { CsvRow } from './csv-file.js'
import { eventsOfRow, type Mapping, parseMetric } from './csv-mapping.js'

const mapping: Mapping = {
  app: 'game',
  test: 'gate',
  user: 'id',
  branch: 'version',
  metrics: [
    { column: 'bought', kind: 'conversion' },
    { column: 'rounds', kind: 'sum' },
  ],
}

const row = (cells: Record<string, string>): CsvRow => ({
  cells: { id: 'u1', version: 'a', bought: '', rounds: '', ...cells },
  row: 3,
  line: 4,
  bytes: 0,
})

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
    expect(eventsOfRow(row({ bought: 'TRUE', rounds: '12' }), mapping, 9)).toEqual([
      { ...base, event: '$exposure', value: 1 },
      { ...base, event: 'bought', value: 1 },
      { ...base, event: 'rounds', value: 12 },
    ])
  })

  test('leaves out what did not happen', () => {
    const events = eventsOfRow(row({ bought: 'FALSE', rounds: '0' }), mapping, 9)
    expect(events.map((e) => e.event)).toEqual(['$exposure'])
  })

  test('has its own time where there is a column', () => {
    const events = eventsOfRow(row({ at: '2024-03-01', bought: '1' }), { ...mapping, time: 'at' }, 9)
    expect(events.map((e) => e.time)).toEqual([Date.UTC(2024, 2, 1), Date.UTC(2024, 2, 1)])
  })

  test.each([
    [{ bought: 'maybe' }, 'Row 3 (line 4), column bought: expected true or false, yes or no, 1 or 0; got "maybe".'],
    [{ rounds: '12x' }, 'Row 3 (line 4), column rounds: expected a number such as 12.5; got "12x".'],
    [{ id: '' }, 'Row 3 (line 4), column id: expected a user of 1 to 256 printable characters; got "".'],
    [
      { version: 'a@b' },
      'Row 3 (line 4), column version: expected a branch of 1 to 128 printable characters, no @; got "a@b".',
    ],
    [{ version: '$a' }, 'Row 3 (line 4), column version: expected a branch that does not start with $; got "$a".'],
  ])('%j is refused by its place', (cells, message) => {
    expect(() => eventsOfRow(row(cells), mapping, 9)).toThrow(message)
  })
})

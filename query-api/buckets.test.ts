import { describe, expect, it } from 'vitest'
import { bucketEdges } from './buckets.js'
import { TimeZone } from './time-zone.js'

const HOUR = 3_600_000
const edges = (bucket: Parameters<typeof bucketEdges>[0], zone: string, from: string, to: string) =>
  bucketEdges(bucket, new TimeZone(zone), Date.parse(from), Date.parse(to))
const iso = (instants: readonly number[]) => instants.map((i) => new Date(i).toISOString().slice(0, 16))
const hours = (instants: readonly number[]) => instants.slice(1).map((end, i) => (end - instants[i]!) / HOUR)

describe('days', () => {
  it.each([
    ['spring in Berlin', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-30T12:00Z', [24, 23, 24]],
    ['autumn in Berlin', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T12:00Z', [24, 25, 24]],
    ['no midnight in Beirut', 'Asia/Beirut', '2024-03-30T12:00Z', '2024-04-01T12:00Z', [24, 23, 24]],
    ['two midnights in Havana', 'America/Havana', '2024-11-02T12:00Z', '2024-11-04T12:00Z', [24, 25, 24]],
    ['half an hour in Lord Howe', 'Australia/Lord_Howe', '2024-10-05T01:00Z', '2024-10-07T01:00Z', [24, 23.5, 24]],
    ['a day left out in Samoa', 'Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T12:00Z', [24, 24, 24]],
    ['quarters in Kathmandu', 'Asia/Kathmandu', '2026-03-28T18:15Z', '2026-03-30T18:15Z', [24, 24]],
  ])('%s', (_, zone, from, to, lengths) => {
    expect(hours(edges('day', zone, from, to))).toEqual(lengths)
  })

  it('start at the zone’s midnight', () => {
    expect(iso(edges('day', 'Asia/Kathmandu', '2026-03-29T00:00Z', '2026-03-29T00:01Z'))).toEqual([
      '2026-03-28T18:15',
      '2026-03-29T18:15',
    ])
  })
})

describe('others', () => {
  it('weeks start on Monday', () => {
    expect(iso(edges('week', 'UTC', '2026-06-14T23:59Z', '2026-06-15T00:01Z'))).toEqual([
      '2026-06-08T00:00',
      '2026-06-15T00:00',
      '2026-06-22T00:00',
    ])
  })

  it('months are of any length', () => {
    const lengths = hours(edges('month', 'Europe/Berlin', '2026-01-31T23:30Z', '2026-03-31T12:00Z'))
    expect(lengths).toEqual([28 * 24, 31 * 24 - 1])
  })

  it('a repeated hour is two, a skipped one none', () => {
    expect(edges('hour', 'Europe/Berlin', '2026-10-25T00:00Z', '2026-10-25T03:00Z')).toHaveLength(4)
    expect(edges('hour', 'Europe/Berlin', '2026-03-29T00:00Z', '2026-03-29T03:00Z')).toHaveLength(4)
  })

  it('hours follow the zone’s minutes', () => {
    expect(iso(edges('hour', 'Asia/Kathmandu', '2026-01-01T00:00Z', '2026-01-01T00:30Z'))).toEqual([
      '2025-12-31T23:15',
      '2026-01-01T00:15',
      '2026-01-01T01:15',
    ])
  })
})

it('every zone’s days of half a century are 23 to 25 hours, but where a zone changed sides', () => {
  for (const zone of Intl.supportedValuesOf('timeZone').filter((_, i) => i % 12 === 0)) {
    const lengths = hours(edges('day', zone, '1975-01-01T00:00Z', '2025-01-01T00:00Z'))
    expect(lengths.filter((h) => h < 22 || h > 27).length, zone).toBeLessThanOrEqual(1)
    expect(
      lengths.every((h) => h > 0 && Number.isInteger(h * 4)),
      zone,
    ).toBe(true)
  }
})

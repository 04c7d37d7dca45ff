import type { Event } from '@assay/core/event'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { expect } from 'vitest'

const counts = ['users', 'converted', 'crossover', 'identified', 'differing', 'shared'] as const
type Row = Pick<SnapshotRow, 'event' | 'branch' | 'mean' | 'm2' | (typeof counts)[number]> & { test: string }

type Logged = Event & { offset: number }

const byTime = (a: Logged, b: Logged) => a.time - b.time || a.offset - b.offset

/** Moments from the definition, event by event: who is in since when, what each did since, and the spread of that. */
export function expected(logged: readonly Event[], app: string): Row[] {
  const own = logged.map((e, offset) => ({ ...e, offset })).filter((e) => e.app === app)
  const people = peopleOf(own)
  const tests = [...new Set(own.flatMap((e) => Object.keys(e.tests)))].sort()
  return tests.flatMap((test) => rowsOf(test, own, people))
}

function rowsOf(test: string, own: readonly Logged[], people: People): Row[] {
  const inTest = own.filter((e) => test in e.tests)
  const explicit = inTest.some((e) => e.event === '$exposure')
  const entries = inTest.filter((e) => !explicit || e.event === '$exposure').sort(byTime)
  const first = new Map(entries.toReversed().map((e) => [people.of(e.user), e]))
  const since = own.filter(
    (e) => !e.event.startsWith('$') && e.time >= (first.get(people.of(e.user))?.time ?? Infinity),
  )
  const branches = [...new Set([...first.values()].map((e) => e.tests[test]!))]
  const remarkable = {
    crossover: (person: string) =>
      new Set(inTest.filter((e) => people.of(e.user) === person).map((e) => e.tests[test])).size > 1,
    identified: (person: string) => people.idsOf(person).length > 1,
    differing: (person: string) =>
      new Set(people.idsOf(person).flatMap((id) => firstBranch(id, test, inTest))).size > 1,
    shared: (person: string) => people.idsOf(person).some(people.isShared),
  }
  const rows = ['', ...new Set(since.map((e) => e.event))].flatMap((event) =>
    branches.map((branch) => {
      const users = [...first].filter(([, e]) => e.tests[test] === branch).map(([person]) => person)
      const totals = users.map((u) =>
        since.filter((e) => people.of(e.user) === u && e.event === event).map((e) => e.value),
      )
      const sums = totals.map((values) => values.reduce((a, b) => a + b, 0))
      const mean = sums.reduce((a, b) => a + b, 0) / users.length
      return {
        test,
        event,
        branch,
        users: users.length,
        converted: totals.filter((values) => values.length > 0).length,
        mean,
        m2: sums.reduce((a, x) => a + (x - mean) ** 2, 0),
        crossover: users.filter(remarkable.crossover).length,
        identified: users.filter(remarkable.identified).length,
        differing: users.filter(remarkable.differing).length,
        shared: users.filter(remarkable.shared).length,
      }
    }),
  )
  return rows.sort((a, b) => (`${a.event} ${a.branch}` < `${b.event} ${b.branch}` ? -1 : 1))
}

/** Where an id was seen first: by an exposure, if there is one. */
function firstBranch(id: string, test: string, inTest: readonly Logged[]): string[] {
  const own = inTest.filter((e) => e.user === id).sort(byTime)
  const first = own.find((e) => e.event === '$exposure') ?? own[0]
  return first === undefined ? [] : [first.tests[test]!]
}

interface People {
  of: (id: string) => string
  idsOf: (person: string) => string[]
  isShared: (id: string) => boolean
}

/** An id is of whom it was first linked to, and so on; ids in a circle are one person. */
function peopleOf(own: readonly Logged[]): People {
  const links = own
    .filter((e) => e.event === '$identify' && ![undefined, '', e.user].includes(e.props.user as string))
    .sort(byTime)
    .map((e) => [e.user, e.props.user as string] as const)
  const known = new Map(links.toReversed())
  const of = (id: string) => {
    const walk = [id]
    for (;;) {
      const next = known.get(walk.at(-1)!)
      if (next === undefined) return walk.at(-1)!
      if (walk.includes(next)) return walk.slice(walk.indexOf(next)).sort()[0]!
      walk.push(next)
    }
  }
  const ids = [...new Set([...own.map((e) => e.user), ...links.flat()])]
  return {
    of,
    idsOf: (person) => ids.filter((id) => of(id) === person),
    isShared: (id) => new Set(links.filter(([alias]) => alias === id).map(([, to]) => to)).size > 1,
  }
}

export function expectEqual(found: readonly Row[], wanted: readonly Row[]): void {
  const exact = (row: Row) => [row.test, row.event, row.branch, ...counts.map((count) => row[count])]
  expect(found.map(exact)).toEqual(wanted.map(exact))
  for (const [i, { mean, m2 }] of wanted.entries()) {
    expect(found[i]!.mean).toBeCloseTo(mean, 9)
    expect(found[i]!.m2).toBeCloseTo(m2, 6)
  }
}

import { Moments } from '@assay/aggregator/moments/moments'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { event, NOON } from '../support/entry.js'
import { runSeed, seeded } from '../support/random.js'
import { type Machine, openMachine } from '../support/single-machine.js'

let machine: Machine
let logged: Event[]
beforeEach(async () => {
  machine = await openMachine()
  logged = []
})
afterEach(() => machine.close())

/** Puts events into the tables at the next offsets. */
async function store(events: readonly (Partial<Event> & { id: string })[]): Promise<void> {
  const lines = events.map(
    (fields, i) => `${JSON.stringify({ partition: 0, offset: logged.length + i, ...event(fields) })}\n`,
  )
  await machine.store.write.insertLines(INBOX, [Buffer.from(lines.join(''))], `upto-${logged.length}`)
  logged.push(...events.map(event))
}

type Row = Pick<SnapshotRow, 'event' | 'branch' | 'users' | 'converted' | 'mean' | 'm2' | 'crossover'> & {
  test: string
}

let snapshots = 0
/** The snapshot of all that was stored. */
async function take(moments: Moments): Promise<Row[]> {
  const asOf = NOON + 60_000 * ++snapshots
  await moments.snapshot([logged.length], asOf)
  return machine.store.read.query<Row>(
    `SELECT test, event, branch, users, converted, mean, m2, crossover FROM moments
     WHERE toUnixTimestamp64Milli(as_of) = ${asOf} ORDER BY test, event, branch`,
  )
}

/** The same from the definition, event by event: who is in since when, what each did since, and the spread of that. */
function expected(app: string): Row[] {
  const own = logged.map((e, offset) => ({ ...e, offset })).filter((e) => e.app === app)
  const tests = [...new Set(own.flatMap((e) => Object.keys(e.tests)))].sort()
  return tests.flatMap((test) => {
    const inTest = own.filter((e) => test in e.tests)
    const explicit = inTest.some((e) => e.event === '$exposure')
    const entries = inTest
      .filter((e) => !explicit || e.event === '$exposure')
      .sort((a, b) => a.time - b.time || a.offset - b.offset)
    const first = new Map(entries.toReversed().map((e) => [e.user, e]))
    const since = own.filter((e) => e.event !== '$exposure' && e.time >= (first.get(e.user)?.time ?? Infinity))
    const events = [...new Set(since.map((e) => e.event))]
    const branches = [...new Set([...first.values()].map((e) => e.tests[test]!))]
    const rows = ['', ...events].flatMap((event) =>
      branches.map((branch) => {
        const users = [...first.values()].filter((e) => e.tests[test] === branch).map((e) => e.user)
        const totals = users.map((u) => since.filter((e) => e.user === u && e.event === event).map((e) => e.value))
        const sums = totals.map((values) => values.reduce((a, b) => a + b, 0))
        const mean = sums.reduce((a, b) => a + b, 0) / users.length
        const crossed = (u: string) => new Set(inTest.filter((e) => e.user === u).map((e) => e.tests[test])).size > 1
        return {
          test,
          event,
          branch,
          users: users.length,
          converted: totals.filter((values) => values.length > 0).length,
          mean,
          m2: sums.reduce((a, x) => a + (x - mean) ** 2, 0),
          crossover: users.filter(crossed).length,
        }
      }),
    )
    return rows.sort((a, b) => (`${a.event} ${a.branch}` < `${b.event} ${b.branch}` ? -1 : 1))
  })
}

function expectEqual(found: readonly Row[], wanted: readonly Row[]): void {
  const names = ({ mean: _, m2: __, ...rest }: Row) => rest
  expect(found.map(names)).toEqual(wanted.map(names))
  for (const [i, { mean, m2 }] of wanted.entries()) {
    expect(found[i]!.mean).toBeCloseTo(mean, 9)
    expect(found[i]!.m2).toBeCloseTo(m2, 6)
  }
}

const at = (minutes: number) => ({ time: NOON + 60_000 * minutes })
const seen = (id: string, user: string, branch: string, minutes: number) => {
  return { id, user, event: '$exposure', tests: { t: branch }, ...at(minutes) }
}

const stories: [string, (Partial<Event> & { id: string })[][]][] = [
  ['what a user does later is added', [[seen('1', 'ann', 'a', 0)], [{ id: '2', ...at(1) }], [{ id: '3', ...at(2) }]]],
  ['an event that arrives before its exposure counts', [[{ id: '1', ...at(1) }], [seen('2', 'ann', 'a', 0)]]],
  [
    'what was done before the exposure does not',
    [[{ id: '1', ...at(-1) }], [seen('2', 'ann', 'a', 0), { id: '3', ...at(1) }]],
  ],
  [
    'an earlier exposure that arrives late moves the user and what they did',
    [
      [seen('1', 'ann', 'a', 5), { id: '2', ...at(3) }, { id: '3', ...at(6) }],
      [seen('4', 'ann', 'b', 2)],
      [{ id: '5', ...at(7) }],
    ],
  ],
  [
    'first events stand in for exposures until one comes',
    [
      [
        { id: '1', tests: { t: 'a' }, ...at(0) },
        { id: '2', user: 'bob', tests: { t: 'b' }, ...at(0) },
      ],
      [seen('3', 'ann', 'a', 1)],
    ],
  ],
  [
    'an event of value 0 converts',
    [[seen('1', 'ann', 'a', 0), seen('2', 'bob', 'a', 0)], [{ id: '3', value: 0, ...at(1) }]],
  ],
  [
    'an earlier exposure that is received in another month is the one',
    [
      [seen('1', 'ann', 'a', 5), { id: '2', ...at(6) }],
      [{ ...seen('3', 'ann', 'b', 0), received: NOON + 30 * 86_400_000 }],
    ],
  ],
  ['nothing new changes nothing', [[seen('1', 'ann', 'a', 0), { id: '2', ...at(1) }], []]],
]

test.each(stories)('%s', async (_, steps) => {
  const moments = new Moments(machine.store, 'shop')
  for (const step of steps) {
    if (step.length > 0) await store(step)
    expectEqual(await take(moments), expected('shop'))
  }
})

test('snapshots that only fold what is new agree with the definition, whatever the order of arrival', async () => {
  const random = seeded(runSeed('moments'))
  const pick = (n: number) => Math.floor(random() * n)
  const moments = { shop: new Moments(machine.store, 'shop'), blog: new Moments(machine.store, 'blog') }
  for (let step = 0; step < 12; step++) {
    await store(
      Array.from({ length: 1 + pick(60) }, (_, i) => ({
        id: `${step}-${i}`,
        app: pick(4) > 0 ? 'shop' : 'blog',
        user: `u${pick(15)}`,
        event: ['$exposure', 'view', 'buy'][pick(3)]!,
        value: pick(5),
        tests: Object.fromEntries(['s', 't'].filter(() => pick(2) > 0).map((t) => [t, pick(6) > 0 ? 'a' : 'b'])),
        ...at(step * 3 - pick(30)),
      })),
    )
    for (const app of ['shop', 'blog'] as const) expectEqual(await take(moments[app]), expected(app))
  }
  expectEqual(await take(new Moments(machine.store, 'shop')), expected('shop'))
})

test('many users are taken in slices, and come to the same', async () => {
  const random = seeded(runSeed('slices'))
  const pick = (n: number) => Math.floor(random() * n)
  const sliced = new Moments(machine.store, 'shop', undefined, 50)
  for (let step = 0; step < 3; step++) {
    await store(
      Array.from({ length: 200 }, (_, i) => ({
        id: `${step}-${i}`,
        user: `u${pick(150)}`,
        event: ['$exposure', 'view', 'buy'][pick(3)]!,
        value: pick(5),
        tests: { t: 'abc'[pick(3)]! },
        ...at(step * 3 - pick(30)),
      })),
    )
    expectEqual(await take(sliced), expected('shop'))
  }
})

test('values of mean 1e9 and variance 1 keep their variance to 1e-6', async () => {
  const users = Array.from({ length: 1000 }, (_, i) => `u${i}`)
  await store(users.map((user, i) => seen(`s${i}`, user, 'a', 0)))
  const moments = new Moments(machine.store, 'shop')
  await take(moments)
  await store(users.map((user, i) => ({ id: `v${i}`, user, value: 1e9 + (i % 2 ? 1 : -1), ...at(1) })))
  const variance = (rows: Row[]) =>
    rows.map((row) => row.m2 / row.users)[rows.findIndex((row) => row.event === 'view')]!
  expect(Math.abs(variance(await take(moments)) - 1)).toBeLessThan(1e-6)
  expect(Math.abs(variance(await take(new Moments(machine.store, 'shop', undefined, 500))) - 1)).toBeLessThan(1e-6)
})

import { Moments } from '@assay/aggregator/moments/moments'
import { Definitions } from '@assay/core/control/definitions'
import { controlRecord } from '@assay/core/control/record'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import { planOf, type TestPlan } from '@assay/moments/plan'
import { study } from '@assay/moments/study'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { askOf } from '@assay/query-api/study/ask'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { event, NOON } from '../support/entry.js'
import { Oracle } from '../support/metric-oracle.js'
import { runSeed, seeded } from '../support/random.js'
import { type Machine, openMachine } from '../support/single-machine.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let machine: Machine
const logged: Event[] = []
beforeAll(async () => {
  machine = await openMachine()
})
afterAll(() => machine.close())

/** Each story is of an app of its own. */
let app = 'app0'
let apps = 0
beforeEach(() => {
  app = `app${++apps}`
})

async function store(events: readonly (Partial<Event> & { id: string })[]): Promise<void> {
  const lines = events.map(
    (fields, i) => `${JSON.stringify({ partition: 0, offset: logged.length + i, ...event({ app, ...fields }) })}\n`,
  )
  await machine.store.write.insertLines(INBOX, [Buffer.from(lines.join(''))], `upto-${logged.length}`)
  logged.push(...events.map((fields) => event({ app, ...fields })))
}

const metrics = [
  { name: 'buyers', kind: 'conversion', event: 'buy' },
  { name: 'buyers in a day', kind: 'conversion', event: 'buy', window: { to: 1 } },
  { name: 'green buyers', kind: 'conversion', event: 'buy', filter: { colour: { $in: ['green', 'blue'] } } },
  { name: 'orders', kind: 'count', event: 'buy', window: { to: 2 }, lookback: 1 },
  { name: 'revenue', kind: 'sum', event: 'buy', cap: { value: 6 } },
  { name: 'revenue, most of it', kind: 'sum', event: 'buy', cap: { percentile: 0.9 }, lookback: 0 },
  { name: 'basket', kind: 'mean', event: 'buy', filter: { n: { $gte: 2 } }, window: { to: 3 } },
  {
    name: 'buys a view',
    kind: 'ratio',
    numerator: { event: 'buy', of: 'users' },
    denominator: { event: 'view', of: 'count' },
  },
  { name: 'back', kind: 'retention', window: { from: 1, to: 3 } },
  { name: 'back to view', kind: 'retention', event: 'view', window: { from: 1, to: 2 } },
  { name: 'typical', kind: 'quantile', event: 'buy', quantile: 0.5 },
  {
    name: 'slow greens',
    kind: 'quantile',
    event: 'buy',
    quantile: 0.8,
    filter: { colour: 'green' },
    window: { to: 3 },
  },
  { name: 'path', kind: 'funnel', steps: [{ event: 'view' }, { event: 'buy' }, { event: 'view' }] },
  {
    name: 'green path',
    kind: 'funnel',
    steps: [{ event: 'view' }, { event: 'buy', filter: { colour: 'green' } }],
    window: { to: 2 },
  },
].map((metric) => metricDefinition.parse(metric))

const branches = ['a', 'b'].map((name) => ({ name, weight: 1 }))

/** Definitions after these records, an hour apart from noon on. */
const defined = (...changes: object[]) => alsoDefined(new Definitions(), 't', ...changes)

function alsoDefined(definitions: Definitions, testId: string, ...changes: object[]): Definitions {
  for (const [i, change] of changes.entries()) {
    const record = { id: `${testId}-${i}`, at: NOON + i * HOUR, by: 'admin', app, testId, expects: i, ...change }
    const outcome = definitions.apply(controlRecord.parse(record))
    if (outcome instanceof Error) throw outcome
  }
  return definitions
}

const definition = (changes: object = {}) => testDefinition.parse({ branches, control: 'a', metrics, ...changes })

let snapshots = 0
/** @returns the rows of test `t`, by which all tests agreed with the definition */
async function take(moments: Moments, definitions: Definitions, asOf: number): Promise<Map<string, SnapshotRow>> {
  // Each snapshot in a minute of its own.
  const at = asOf + 60_000 * ++snapshots
  await moments.snapshot([logged.length], at, planOf(definitions, app))
  for (const test of [...definitions.tests(app).keys()].reverse()) {
    const rows = await newest(test)
    const found = new Map(rows.map((row) => [keyOf(row), row]))
    new Oracle(app, logged, definitions, at, test).expectEqual(found, metrics)
    const known = new Set(['', ...metrics.map((metric) => computationOf(metric).id)])
    expect(rows.map((row) => row.event).filter((name) => !known.has(name))).toEqual([])
    if (test === 't') return found
  }
  throw new Error('Expected a test t.')
}

const newest = (test: string) =>
  machine.store.read.query<SnapshotRow>(
    `SELECT * FROM moments WHERE app = '${app}' AND test = '${test}'
     ORDER BY as_of DESC LIMIT 1 WITH TIES`,
  )

/** That the tables, asked at once, say what a snapshot does: of random hours, many at the edge of a window. */
async function checkStudy(definitions: Definitions): Promise<void> {
  const at = NOON + 3 * DAY
  const [{ phases, metrics: planned }] = planOf(definitions, app) as [TestPlan]
  const asked = { app, test: 't', phases, metrics: planned, asOf: at, crossed: true }
  const studied = (await study(askOf(machine.store.exports), asked)) as unknown as SnapshotRow[]
  new Oracle(app, logged, definitions, at, 't').expectEqual(new Map(studied.map((row) => [keyOf(row), row])), metrics)
}

const keyOf = ({ event, phase, branch }: Pick<SnapshotRow, 'event' | 'phase' | 'branch'>) =>
  `${event} ${phase} ${branch}`

let ids = 0
const at = (hours: number) => ({ id: `e${ids++}`, time: NOON + hours * HOUR })
const seen = (user: string, branch: string, hours: number) => ({
  ...at(hours),
  user,
  event: '$exposure',
  tests: { t: branch },
})
const buy = (user: string, hours: number, value = 1, props: Record<string, string> = {}) => ({
  ...at(hours),
  user,
  event: 'buy',
  value,
  props,
})
const running = [{ what: 'define', definition: definition() }, { what: 'start' }]

test.each<[string, object[], (Partial<Event> & { id: string })[][]]>([
  [
    'a window counts its first millisecond and not its last',
    running,
    [[seen('ann', 'a', 0), buy('ann', 24), buy('ann', 48), buy('ann', 71.999), buy('ann', 72)]],
  ],
  [
    'who bought before the exposure has a past, and has not bought',
    running,
    [[buy('ann', -1, 5), seen('ann', 'a', 0), seen('bob', 'b', 0), buy('bob', 1)]],
  ],
  ['a past that arrives late', running, [[seen('ann', 'a', 0)], [buy('ann', -1, 5)]]],
  [
    'a user of one branch in each phase',
    [...running, { what: 'stop' }, { what: 'start' }],
    [[seen('ann', 'a@2', 1.5), seen('bob', 'b@4', 4), buy('ann', 3), buy('bob', 5)]],
  ],
  [
    'what is done after the end of a phase is not of it',
    [...running, { what: 'stop' }],
    [[seen('ann', 'a@2', 1.5), buy('ann', 1.9), buy('ann', 2.1), seen('late', 'b@2', 2.5)]],
  ],
  [
    'users without a version are of the phase then, or of none',
    running,
    [[seen('early', 'a', 0.5), seen('ann', 'a', 1.5), buy('early', 0.9), buy('early', 1.1), buy('ann', 2)]],
  ],
  ['nobody', running, [[seen('ann', 'a', 0)]]],
])('%s', async (_, changes, steps) => {
  const definitions = defined(...changes)
  const moments = new Moments(machine.store, app)
  for (const step of steps) {
    await store(step)
    await take(moments, definitions, NOON + 2 * DAY)
  }
})

test('a phase that ends takes back what came after it, and a new definition of metrics is computed from the start', async () => {
  const moments = new Moments(machine.store, app)
  await store([seen('ann', 'a@2', 1.5), buy('ann', 1.9), buy('ann', 2.1)])
  const before = await take(moments, defined(...running), NOON + DAY)
  const after = await take(moments, defined(...running, { what: 'stop' }), NOON + DAY)
  const { id } = computationOf(metrics[4]!)
  expect([before, after].map((rows) => rows.get(`${id} 2 a`)!.sum)).toEqual([2, 1])
  const others = definition({ metrics: [{ name: 'dear', kind: 'conversion', event: 'buy', filter: { n: '3' } }] })
  await moments.snapshot(
    [3],
    NOON + 2 * DAY,
    planOf(defined({ what: 'define', definition: others }, { what: 'start' }), app),
  )
})

test('who becomes complete with time does, though nothing happens', async () => {
  const moments = new Moments(machine.store, app)
  await store([seen('ann', 'a', 1.9), buy('ann', 2)])
  const { id } = computationOf(metrics[1]!)
  const users: number[] = []
  for (const hours of [2, 25, 26, 27]) {
    users.push((await take(moments, defined(...running), NOON + hours * HOUR)).get(`${id} 2 a`)?.users ?? 0)
    expect(moments.isPending).toBe(true)
  }
  expect(users).toEqual([0, 0, 1, 1])
  await take(moments, defined(...running), NOON + 4 * DAY)
  expect(moments.isPending).toBe(false)
})

test.each([
  ['whole', 1_000_000, 4],
  ['in slices', 80, 2],
])('whatever the order of arrival, %s', async (_, rowsAtOnce, steps) => {
  const random = seeded(runSeed('metrics'))
  const pick = (n: number) => Math.floor(random() * n)
  const definitions = defined(...running, { what: 'stop' }, { what: 'start' })
  // Of few users, and over before most of what is done.
  alsoDefined(definitions, 'brief', ...running, { what: 'stop' })
  const moments = new Moments(machine.store, app, undefined, rowsAtOnce)
  for (let step = 0; step < steps; step++) {
    await store(
      Array.from({ length: 150 }, () => {
        const own = { ...at(pick(96) - 24), user: `u${pick(60)}`, value: 1 + pick(9) / 4 }
        const props = { ...(pick(2) > 0 && { colour: ['green', 'blue', 'red'][pick(3)]! }), n: `${pick(4)}` }
        const label = ['a', 'b', 'a@2', 'b@2', 'a@4', 'b@4'][pick(6)]!
        const brief = step === 0 && pick(4) === 0 && { brief: ['a', 'b@2', 'b@9'][pick(3)]! }
        return pick(3) === 0
          ? { ...own, event: '$exposure', tests: { t: label, ...brief } }
          : { ...own, event: ['buy', 'view'][pick(2)]!, props }
      }),
    )
    await take(moments, definitions, NOON + 3 * DAY)
  }
  await take(new Moments(machine.store, app, undefined, rowsAtOnce), definitions, NOON + 3 * DAY)
  await checkStudy(definitions)
})

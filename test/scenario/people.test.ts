import { Moments } from '@assay/aggregator/moments/moments'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import type { Event } from '@assay/core/event'
import type { TestPlan } from '@assay/moments/plan'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOON } from '../support/entry.js'
import { MomentsTrial } from '../support/moments-trial.js'
import { runSeed, seeded } from '../support/random.js'
import { type Machine, openMachine } from '../support/single-machine.js'

let machine: Machine
let trial: MomentsTrial
beforeAll(async () => {
  machine = await openMachine()
  trial = new MomentsTrial(machine.store)
})
afterAll(() => machine.close())

type Story = Omit<Partial<Event>, 'id'>[][]

const at = (minutes: number) => ({ time: NOON + 60_000 * minutes })
const seen = (user: string, branch: string, minutes: number) => {
  return { user, event: '$exposure', tests: { t: branch }, ...at(minutes) }
}
const does = (user: string, minutes: number) => ({ user, value: minutes, ...at(minutes) })
const is = (user: string, known: string, minutes = 0) => {
  return { user, event: '$identify', props: { user: known }, ...at(minutes) }
}
/** Of a user of branch `a` and one of `b`, both linked by then. */
const both = [seen('x', 'a', 1), seen('y', 'b', 2), does('x', 3), does('y', 4)]

const stories: [string, Story][] = [
  ['what is done under the known id is the user’s', [[seen('x', 'a', 0), is('x', 'ann', 1), does('ann', 2)]]],
  ['so is what was done before the link was heard of', [[seen('x', 'a', 0), does('ann', 2)], [is('x', 'ann', 3)]]],
  ['of who was exposed already, too', [[seen('ann', 'a', 0), does('ann', 1), does('x', 2)], [is('x', 'ann', 3)]]],
  ['nothing counts from before the first exposure', [[does('ann', -1), seen('x', 'a', 0), is('x', 'ann', 1)]]],
  ['two devices are one user, of the first exposure', [[is('x', 'ann'), is('y', 'ann'), ...both]]],
  ['whichever link comes last', [both, [is('y', 'ann', 5)], [is('x', 'ann', 6), does('ann', 7)]]],
  ['both ids may be in the test, and see the same', [[seen('x', 'a', 0), seen('ann', 'a', 1), is('x', 'ann', 2)]]],
  ['of a shared computer the first user is the one', [[is('x', 'ann', 1)], [is('x', 'bob', 2)], both]],
  ['also if that is heard of last', [[is('x', 'bob', 2), is('y', 'bob', 2)], both, [is('x', 'ann', 1)]]],
  ['of two links of one instant the first in the log wins', [[is('x', 'ann', 1), is('x', 'y', 1), ...both]]],
  ['links go on from id to id', [[is('x', 'mail', 1)], [is('mail', 'ann', 2)], [...both, is('y', 'ann', 3)]]],
  ['a circle is one user', [[is('x', 'y', 1)], [is('y', 'x', 2), is('z', 'x', 3)], [...both, seen('z', 'c', 9)]]],
  ['links to nobody and to oneself say nothing', [[is('x', '', 1), is('x', 'x', 2), is('y', 'y', 3), ...both]]],
  ['a link comes in another month', [both, [is('x', 'y', 2)], [{ ...is('x', 'z', 1), received: NOON + 30 * 864e5 }]]],
  [
    'who is again who they were has done all of it',
    [
      [seen('x', 'a', 0), seen('ann', 'b', 0), does('ann', 1)],
      [is('x', 'ann', 10), does('x', 2), does('ann', 3)],
      [is('x', 'bob', 5), does('x', 4), does('ann', 5)],
      [is('x', 'ann', 3), does('x', 6), does('ann', 7)],
    ],
  ],
  [
    'where nobody was exposed first events stand in',
    [[is('x', 'y'), { ...seen('x', 'a', 2), event: 'view' }, { ...seen('y', 'b', 1), event: 'view' }]],
  ],
]

test.each(stories)('%s', async (story, steps) => {
  const moments = new Moments(machine.store, story)
  for (const [i, step] of steps.entries()) {
    await trial.log(step.map((fields, j) => ({ app: story, id: `${story}-${i}-${j}`, ...fields })))
    await trial.check(moments, story)
  }
  await trial.checkStudy(story, 't')
})

test('an id that more than a thousand are linked to is nobody', async () => {
  const story = async (app: string, ids: number) => {
    const fields = Array.from({ length: ids }, (_, i) => [seen(`u${i}`, 'a', 0), is(`u${i}`, 'null')]).flat()
    await trial.log(fields.map((event, i) => ({ app, id: `${app}-${i}`, ...event })))
    const [users] = await trial.take(new Moments(machine.store, app))
    return [users!.users, users!.identified]
  }
  expect([await story('family', 999), await story('crowd', 1000)]).toEqual([
    [1, 1],
    [1000, 0],
  ])
})

test('a chain of no end costs little, and comes to the same in slices', async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `u${i}`)
  const chain = ids.flatMap((id, i) => [seen(id, 'a', i), is(id, `u${i + 1}`), does(id, 100)])
  await trial.log(chain.map((event, i) => ({ app: 'chain', id: `chain-${i}`, ...event })))
  const [whole, sliced] = [new Moments(machine.store, 'chain'), new Moments(machine.store, 'chain', undefined, 4)]
  const found = await trial.take(whole)
  expect(found).toMatchObject([{ event: '' }, { event: 'view', sum: 40 * 100 }])
  expect(found[0]!.users).toBeLessThan(40)
  expect(await trial.take(sliced)).toEqual(alike(found))
})

const metrics = [
  { kind: 'sum', event: 'buy', cap: { percentile: 0.9 }, window: { to: 3 }, lookback: 2 },
  { kind: 'count', event: 'buy', filter: { color: 'red' }, lookback: 0 },
  { kind: 'retention', window: { from: 1, to: 3 } },
  { kind: 'ratio', numerator: { event: 'buy', of: 'sum' }, denominator: { event: 'view' } },
  { kind: 'quantile', event: 'buy', quantile: 0.9, filter: { color: 'red' } },
  { kind: 'funnel', steps: [{ event: 'view' }, { event: 'buy' }], window: { to: 2 } },
].map((metric, i) => metricDefinition.parse({ name: `m${i}`, ...metric }))

const plan: TestPlan[] = [
  { test: 't', phases: [], metrics: metrics.map((metric) => ({ metric, ...computationOf(metric) })) },
]

const users = Array.from({ length: 40 }, (_, i) => `u${i}`)

/** The same rows, but for rounding and what is said of users with several ids. */
const alike = (rows: readonly SnapshotRow[]) => {
  const near = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(near) : typeof value === 'number' ? expect.closeTo(value, 6) : value
  return rows.map(({ identified: _, differing: __, ...row }) =>
    expect.objectContaining(Object.fromEntries(Object.entries(row).map(([key, value]) => [key, near(value)]))),
  )
}

test('metrics of users with many ids are those of the same users with one id each', async () => {
  const random = seeded(runSeed('people'))
  const pick = (n: number) => Math.floor(random() * n)
  const many = new Moments(machine.store, 'many', undefined, 100)
  const links = users.flatMap((user) => [is(`${user}-1`, user), is(`${user}-2`, `${user}-1`)])
  for (const linked of [[], links]) {
    await trial.take(many, plan)
    const deeds = Array.from({ length: 300 }, (_, i) => ({
      user: users[pick(40)]!,
      event: ['$exposure', 'view', 'buy', 'buy'][pick(4)]!,
      value: 1 + pick(50),
      tests: { t: 'ab'[pick(2)]! },
      props: { color: ['red', 'blue'][pick(2)]! },
      time: NOON - pick(5 * 864) * 100_000 + i,
    }))
    const devices = deeds.map((deed) => ({ ...deed, user: deed.user + ['', '-1', '-2'][pick(3)]! }))
    for (const [app, events] of Object.entries({ one: deeds, many: [...devices, ...linked] }))
      await trial.log(events.map((event, i) => ({ app, id: `${app}-${linked.length}-${i}`, ...event })))
  }
  const one = await trial.take(new Moments(machine.store, 'one'), plan)
  const ofMetrics = one.filter(({ event, converted }) => event.startsWith('$') && converted > 0)
  expect(ofMetrics).toHaveLength(2 * metrics.length)
  expect(await trial.take(many, plan)).toEqual(alike(one))
})

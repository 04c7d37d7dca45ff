import { Moments } from '@assay/aggregator/moments/moments'
import type { Event } from '@assay/core/event'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NOON } from '../support/entry.js'
import { MomentsTrial } from '../support/moments-trial.js'
import { runSeed, seeded } from '../support/random.js'
import { type Machine, openMachine } from '../support/single-machine.js'

let machine: Machine
let trial: MomentsTrial
beforeEach(async () => {
  machine = await openMachine()
  trial = new MomentsTrial(machine.store)
})
afterEach(() => machine.close())

const at = (minutes: number) => ({ time: NOON + 60_000 * minutes })
const seen = (id: string, user: string, branch: string, minutes: number) => {
  return { id, user, event: '$exposure', tests: { t: branch }, ...at(minutes) }
}

const deeds = ['$exposure', 'view', 'buy'] as const

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
    await trial.log(step)
    await trial.check(moments, 'shop')
  }
})

test('snapshots that only fold what is new agree with the definition, whatever the order of arrival', async () => {
  const random = seeded(runSeed('moments'))
  const pick = (n: number) => Math.floor(random() * n)
  const moments = { shop: new Moments(machine.store, 'shop'), blog: new Moments(machine.store, 'blog') }
  for (let step = 0; step < 10; step++) {
    await trial.log(
      Array.from({ length: 1 + pick(60) }, (_, i) => ({
        id: `${step}-${i}`,
        ...(pick(4) > 0
          ? { app: 'shop', event: [...deeds, pick(5) > 0 ? 'view' : '$identify'][pick(4)]! }
          : { app: 'blog', event: deeds[pick(3)]! }),
        user: `u${pick(15)}`,
        // Few are linked to, so that chains and circles are short, and there are many.
        props: { user: `u${pick(8)}` },
        value: pick(5),
        tests: Object.fromEntries(['s', 't'].filter(() => pick(2) > 0).map((t) => [t, pick(6) > 0 ? 'a' : 'b'])),
        ...at(step * 3 - pick(30)),
      })),
    )
    for (const app of ['shop', 'blog'] as const) await trial.check(moments[app], app)
  }
  await trial.check(new Moments(machine.store, 'shop'), 'shop')
})

test('many users are taken in slices, and come to the same', async () => {
  const random = seeded(runSeed('slices'))
  const pick = (n: number) => Math.floor(random() * n)
  const sliced = new Moments(machine.store, 'shop', undefined, 50)
  for (let step = 0; step < 3; step++) {
    await trial.log(
      Array.from({ length: 200 }, (_, i) => ({
        id: `${step}-${i}`,
        user: `u${pick(150)}`,
        event: [...deeds, pick(2) > 0 ? 'view' : '$identify'][pick(4)]!,
        props: { user: `u${pick(150)}` },
        value: pick(5),
        tests: { t: 'abc'[pick(3)]! },
        ...at(step * 3 - pick(30)),
      })),
    )
    await trial.check(sliced, 'shop')
  }
})

test('values of mean 1e9 and variance 1 keep their variance to 1e-6', async () => {
  const users = Array.from({ length: 1000 }, (_, i) => `u${i}`)
  await trial.log(users.map((user, i) => seen(`s${i}`, user, 'a', 0)))
  const moments = new Moments(machine.store, 'shop')
  await trial.take(moments)
  await trial.log(users.map((user, i) => ({ id: `v${i}`, user, value: 1e9 + (i % 2 ? 1 : -1), ...at(1) })))
  const variance = (rows: SnapshotRow[]) =>
    rows.map((row) => row.m2 / row.users)[rows.findIndex((row) => row.event === 'view')]!
  expect(Math.abs(variance(await trial.take(moments)) - 1)).toBeLessThan(1e-6)
  expect(Math.abs(variance(await trial.take(new Moments(machine.store, 'shop', undefined, 500))) - 1)).toBeLessThan(
    1e-6,
  )
})

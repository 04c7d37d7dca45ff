import { Moments } from '@assay/aggregator/moments/moments'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import type { Event } from '@assay/core/event'
import type { TestPlan } from '@assay/moments/plan'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NOON } from '../support/entry.js'
import { MomentsTrial } from '../support/moments-trial.js'
import { runSeed, seeded } from '../support/random.js'
import { isOnceMore, type Machine, openMachine } from '../support/single-machine.js'

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
  // Some tests are of few users, so that nothing happens to them for a while.
  const someone = (i: number) => {
    const tests = ['s', 't', `of-${i % 5}`].filter(() => pick(3) > 0)
    return { user: `u${i}`, tests: Object.fromEntries(tests.map((test) => [test, pick(6) > 0 ? 'a' : 'b'])) }
  }
  for (let step = 0; step < (isOnceMore() ? 4 : 10); step++) {
    await trial.log(
      Array.from({ length: 1 + pick([4, 60][step % 2]!) }, (_, i) => ({
        id: `${step}-${i}`,
        ...(pick(4) > 0
          ? { app: 'shop', event: [...deeds, pick(5) > 0 ? 'view' : '$identify'][pick(4)]! }
          : { app: 'blog', event: deeds[pick(3)]! }),
        ...someone(pick(15)),
        // Few are linked to, so that chains and circles are short, and there are many.
        props: { user: `u${pick(8)}` },
        value: pick(5),
        ...at(step * 3 - pick(30)),
      })),
    )
    for (const app of ['shop', 'blog'] as const) await trial.check(moments[app], app)
  }
  await trial.check(new Moments(machine.store, 'shop'), 'shop')
  await trial.checkStudy('shop', 't')
})

test('many users are taken in slices, and come to the same', async () => {
  const random = seeded(runSeed('slices'))
  const pick = (n: number) => Math.floor(random() * n)
  const sliced = new Moments(machine.store, 'shop', undefined, 50)
  for (let step = 0; step < (isOnceMore() ? 2 : 3); step++) {
    await trial.log(
      Array.from({ length: 200 }, (_, i) => ({
        id: `${step}-${i}`,
        user: `u${pick(150)}`,
        event: [...deeds, pick(2) > 0 ? 'view' : '$identify'][pick(4)]!,
        props: { user: `u${pick(150)}` },
        value: pick(5),
        tests: { t: 'abc'[pick(3)]!, ...(step === 0 && { early: 'ab'[pick(2)]! }) },
        ...at(step * 3 - pick(30)),
      })),
    )
    await trial.check(sliced, 'shop')
  }
})

test('only tests in which anything changed are computed', async () => {
  const moments = new Moments({ ...machine.store, shared: false }, 'shop')
  const exposed = (user: string, test: string, branch = 'a') => {
    return { user, event: '$exposure', tests: { [test]: branch }, ...at(0) }
  }
  const phases = [{ version: 2, from: NOON - 60_000, to: at(10).time, weights: { a: 1 } }]
  const over: TestPlan = { test: 'over', phases, metrics: [] }
  const conversion = metricDefinition.parse({ name: 'buyers', kind: 'conversion', event: 'buy' })
  const measured = { ...over, metrics: [{ metric: conversion, ...computationOf(conversion) }] }
  const link = { event: '$identify', props: { user: 'known' } }
  const steps: [string, Omit<Partial<Event>, 'id'>[], TestPlan, string[]][] = [
    ['at first', [exposed('ann', 's'), exposed('bob', 't'), exposed('cid', 'over')], over, ['over', 's', 't']],
    ['nothing', [], over, []],
    ['a user does something', [{ user: 'bob', ...at(1) }], over, ['t']],
    ['somebody else does', [{ user: 'eve', ...at(1) }], over, []],
    ['somebody comes', [exposed('eve', 's')], over, ['s']],
    ['after the end of a test', [{ user: 'cid', ...at(11) }], over, []],
    ['before it, and late', [{ user: 'cid', ...at(9) }], over, ['over']],
    ['another branch is seen', [exposed('ann', 's', 'b')], over, ['s']],
    ['a user has another id', [{ user: 'ann', ...link }], over, ['s']],
    ['under which they do something', [{ user: 'known', ...at(1) }], over, ['s']],
    ['a link that is known', [{ user: 'ann', ...link, ...at(5) }], over, []],
    ['another metric', [], measured, ['over']],
    ['nothing again', [], measured, []],
  ]
  const computed: [string, string[]][] = []
  for (const [i, [what, events, plan]] of steps.entries()) {
    await trial.log(events.map((event, j) => ({ id: `${i}-${j}`, ...event })))
    computed.push([what, await trial.computed(moments, [plan])])
  }
  expect(computed).toEqual(steps.map(([what, , , tests]) => [what, tests]))
})

test('where others write, what happened is looked at twice: not every table shows it at once', async () => {
  const moments = new Moments({ ...machine.store, shared: true }, 'shop')
  const steps: [(Partial<Event> & { id: string })[], string[]][] = [
    [
      [seen('1', 'ann', 'a', 0), { ...seen('2', 'bob', 'a', 0), tests: { s: 'a' } }],
      ['s', 't'],
    ],
    [[], ['s', 't']],
    [[{ id: '3', ...at(1) }], ['t']],
    [[], ['t']],
    [[], []],
  ]
  for (const [events, tests] of steps) {
    await trial.log(events)
    expect(await trial.computed(moments, [])).toEqual(tests)
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

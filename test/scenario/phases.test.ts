import { expect, test } from 'vitest'
import { crowd, define, effectOf, last, play, start, stop, tellStories, weighted } from '../support/story.js'

/** Tests whose definitions change while they run. */
tellStories()

test('weights that change while the test runs: the better branch looks worse in sum, and is called better', async () => {
  const found = await last({
    changes: [
      [0, define({ branches: weighted(9, 1) })],
      [0, start],
      [48, define()],
    ],
    events: [
      ...crowd(9000, 'master@2', 1, 0.2),
      ...crowd(1000, 'new@2', 1, 0.25),
      ...crowd(5000, 'master@3', 49, 0.04),
      ...crowd(5000, 'new@3', 49, 0.06),
    ],
  })
  const { control, sum } = { control: 2000 / 14_000, sum: 550 / 6000 }
  expect(sum - control).toBeLessThan(0)
  expect(found.verdict).toMatchObject({ outcome: 'better', branch: 'new' })
  // Each phase with its half of the users.
  expect(effectOf(found).effect).toBeCloseTo((0.05 + 0.02) / 2, 12)
  expect(found.phases.map(({ phase, users }) => [phase, users])).toEqual([
    [2, { master: 9000, new: 1000 }],
    [3, { master: 5000, new: 5000 }],
  ])
  expect(found.srm.ok).toBe(true)
})

test('the same change of weights on both sides, 5 to 25 to 50 %: no effect, no alarm', async () => {
  const ramp = [5, 25, 50].map((share, i) => [48 * i, define({ branches: weighted(100 - share, share) })] as const)
  const found = await last({
    changes: [ramp[0]!, [0, start], ramp[1]!, ramp[2]!],
    events: [5, 25, 50].flatMap((share, i) => {
      // Those who come early buy more.
      const rate = [0.3, 0.2, 0.1][i]!
      const version = [2, 3, 4][i]!
      return [
        ...crowd(80 * (100 - share), `master@${version}`, 48 * i + 1, rate),
        ...crowd(80 * share, `new@${version}`, 48 * i + 1, rate),
      ]
    }),
  })
  expect(effectOf(found).effect).toBeCloseTo(0, 3)
  expect([found.verdict.outcome, found.srm.ok, found.crossover.users]).toEqual(['undecided', true, 0])
})

test('another test id is another test', async () => {
  const events = [...crowd(1000, 'master', 1, 0.1), ...crowd(1000, 'new', 1, 0.2)]
  const again = events.filter((e) => e.event === '$exposure').map((e) => ({ ...e, hour: 10, tests: { t2: 'master' } }))
  const found = await last({ events: [...events, ...again], testId: 't2' })
  expect(found.branches).toEqual([{ branch: 'master', users: 2000 }])
  expect(found.metrics).toEqual([])
})

test('a metric that is defined anew: results as of before and after say each what was asked then', async () => {
  const dear = { name: 'buyers', kind: 'conversion', event: 'buy', filter: { colour: 'gold' } }
  const events = [...crowd(100, 'master', 1, 0.5), ...crowd(100, 'new', 1, 0.5)]
  const gold = events
    .filter((e) => e.event === 'buy')
    .slice(0, 10)
    .map((e) => ({ ...e, hour: 3, props: { colour: 'gold' } }))
  const [before, after] = await play({
    changes: [
      [0, define()],
      [0, start],
      [10, define({ metrics: [dear] })],
    ],
    events: [...events, ...gold],
    looks: [5, 12],
  })
  expect([before, after].map((found) => found!.metrics[0]!.branches.map((b) => b.sum))).toEqual([
    [50, 50],
    [10, 0],
  ])
  expect([before, after].map((found) => found!.definition!.version)).toEqual([2, 3])
  // Users and phases are what they were.
  expect(after!.phases).toEqual(before!.phases)
})

test('stopped and started again it has two phases; archived, what was known stays', async () => {
  const changes = [
    [0, define()],
    [0, start],
    [10, stop],
    [20, start],
    [30, { what: 'archive' }],
  ] as const
  const events = [
    ...crowd(500, 'master@2', 1, 0.1),
    ...crowd(500, 'new@2', 1, 0.1, 12),
    // Nobody is in the test then.
    ...crowd(70, 'new@2', 15, 1),
    ...crowd(500, 'master@4', 21, 0.1),
    ...crowd(500, 'new@4', 21, 0.1),
  ]
  const [found, archived] = await play({ changes, events, looks: [25, 40] })
  expect(found!.phases.map(({ phase, users }) => [phase, users])).toEqual([
    [2, { master: 500, new: 500 }],
    [4, { master: 500, new: 500 }],
  ])
  // What users of the first phase did after it is not counted.
  expect(found!.metrics[0]!.branches.map((b) => b.sum)).toEqual([100, 50])
  expect([archived!.definition!.stage, archived!.branches, archived!.phases[1]!.to]).toEqual([
    'archived',
    found!.branches,
    expect.any(String),
  ])
})

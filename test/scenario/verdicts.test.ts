import type { Results } from '@assay/query-api/analysis/reply'
import { expect, test } from 'vitest'
import {
  buyers,
  codes,
  crowd,
  define,
  effectOf,
  HOUR,
  last,
  play,
  type Story,
  start,
  type Told,
  tellStories,
  weighted,
} from '../support/story.js'

/** What people and branches did, and what is to be said of it: each story a table of events and a verdict. */
tellStories()

test.each<[string, Story, { outcome: string; users?: number[]; warnings?: string[] }]>([
  [
    'a better branch',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: [...crowd(3000, 'master', 1, 0.1), ...crowd(3000, 'new', 1, 0.15)],
    },
    { outcome: 'better', users: [3000, 3000] },
  ],
  [
    'a worse one',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: [...crowd(3000, 'master', 1, 0.15), ...crowd(3000, 'new', 1, 0.1)],
    },
    { outcome: 'worse' },
  ],
  [
    'no difference',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: [...crowd(2000, 'master', 1, 0.1), ...crowd(2000, 'new', 1, 0.1)],
    },
    { outcome: 'undecided' },
  ],
  [
    'zero conversions',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: [...crowd(200, 'master', 1, 0), ...crowd(200, 'new', 1, 0)],
    },
    { outcome: 'undecided' },
  ],
  [
    'one user',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: crowd(1, 'master', 1, 1),
    },
    { outcome: 'undecided', users: [1, 0], warnings: ['one-branch', 'few-users'] },
  ],
  [
    'users who are not shared as meant',
    {
      changes: [
        [0, define()],
        [0, start],
      ],
      events: [...crowd(3000, 'master', 1, 0.1), ...crowd(2000, 'new', 1, 0.2)],
    },
    { outcome: 'invalid', warnings: ['sample-ratio-mismatch'] },
  ],
  [
    'shares as the weights say',
    {
      changes: [
        [0, define({ branches: weighted(3, 2) })],
        [0, start],
      ],
      events: [...crowd(3000, 'master', 1, 0.1), ...crowd(2000, 'new', 1, 0.2)],
    },
    { outcome: 'better', warnings: [] },
  ],
  [
    'a test that is not defined',
    { events: [...crowd(3000, 'master', 1, 0.1), ...crowd(3000, 'new', 1, 0.15)] },
    { outcome: 'better' },
  ],
])('%s', async (_, story, { outcome, users, warnings }) => {
  const found = await last(story)
  expect(found.verdict).toMatchObject({ outcome, branch: outcome === 'better' ? 'new' : null })
  if (users !== undefined) expect(found.branches.map((b) => b.users)).toEqual(users)
  if (warnings !== undefined) expect(codes(found)).toEqual(warnings)
})

test('users seen in both branches count in the first, and are told of', async () => {
  const crossed = crowd(100, 'master', 1, 0).map((seen) => ({ ...seen, hour: 2, tests: { t: 'new' } }))
  const first = crossed.map((seen) => ({ ...seen, hour: 1, tests: { t: 'master' } }))
  const found = await last({
    changes: [
      [0, define()],
      [0, start],
    ],
    events: [...first, ...crossed, ...crowd(900, 'master', 1, 0.1), ...crowd(1000, 'new', 1, 0.1)],
  })
  expect(found.branches).toEqual([
    { branch: 'master', users: 1000 },
    { branch: 'new', users: 1000 },
  ])
  expect(found.crossover).toMatchObject({ users: 100, share: 0.05 })
  expect(codes(found)).toEqual(['crossover'])
})

test('who bought before the exposure has not bought since, and foretells who will', async () => {
  const before = crowd(1000, 'master', 1, 1, -5).concat(crowd(1000, 'new', 1, 1, -5))
  const keen = before.filter(({ event: name }, i) => name === 'buy' && i % 4 === 1).map((e) => ({ ...e, hour: 3 }))
  const found = await last({
    changes: [
      [0, define()],
      [0, start],
    ],
    events: [...before, ...keen, ...crowd(1000, 'master', 1, 0), ...crowd(1000, 'new', 1, 0)],
  })
  const [master, other] = found.metrics[0]!.branches
  expect([master!.sum, other!.sum]).toEqual([500, 500])
  expect(effectOf(found).cuped!.saved).toBeCloseTo(1 / 3, 2)
})

test('a window: its last millisecond, and users who are not through it yet', async () => {
  const { metrics } = { metrics: [{ ...buyers, window: { to: 1 } }] }
  const events = [
    ...crowd(100, 'master', 0, 1, 24 - 1 / HOUR),
    ...crowd(100, 'new', 0, 1, 24),
    ...crowd(50, 'new', 20, 1),
  ]
  const [early, complete] = await play({
    changes: [
      [-1, define({ metrics })],
      [-1, start],
    ],
    events,
    looks: [30, 50],
  })
  const shown = (found: Results) => found.metrics[0]!.branches.map(({ users, sum }) => [users, sum])
  expect(shown(early!)).toEqual([
    [100, 100],
    [100, 0],
  ])
  expect(shown(complete!)).toEqual([
    [100, 100],
    [150, 50],
  ])
  expect(effectOf(complete!).provisional).toBe(false)
})

test('three branches: each against the control, and p-values for as many questions', async () => {
  const branches = ['master', 'a', 'b'].map((name) => ({ name, weight: 1 }))
  const found = await last({
    changes: [
      [0, define({ branches })],
      [0, start],
    ],
    events: [...crowd(3000, 'master', 1, 0.1), ...crowd(3000, 'a', 1, 0.1), ...crowd(3000, 'b', 1, 0.15)],
  })
  expect(found.verdict).toMatchObject({ outcome: 'better', branch: 'b' })
  const [a, b] = found.metrics[0]!.comparisons
  expect([a!.verdict, b!.verdict]).toEqual(['inconclusive', 'better'])
  expect(b!.adjusted!.lnP).toBeCloseTo(b!.anytime.lnP! + Math.log(2), 9)
})

test('a guardrail that is harmed outweighs what is won; one that is held is told of', async () => {
  const metrics = [buyers]
  const guardrails = ['slow', 'fast'].map((name) => ({
    name,
    kind: 'conversion',
    event: name,
    direction: 'down',
    margin: 0.5,
  }))
  const also = (name: string, share: number) => (told: Told[]) =>
    told
      .filter(({ event: e }, i) => e === '$exposure' && i % 100 < share * 100)
      .map((e) => ({ ...e, event: name, hour: 3, tests: {} }))
  const [master, other] = [crowd(4000, 'master', 1, 0.1), crowd(4000, 'new', 1, 0.15)]
  const found = await last({
    changes: [
      [0, define({ metrics, guardrails })],
      [0, start],
    ],
    events: [
      ...master,
      ...other,
      ...also('slow', 0.2)(master),
      ...also('slow', 0.4)(other),
      ...also('fast', 0.5)(master),
      ...also('fast', 0.5)(other),
    ],
  })
  expect(found.metrics.map(({ name, role, comparisons }) => [name, role, comparisons[0]!.guard?.state])).toEqual([
    ['buyers', 'metric', undefined],
    ['slow', 'guardrail', 'harmed'],
    ['fast', 'guardrail', 'safe'],
  ])
  expect(found.verdict.outcome).toBe('worse')
  expect(found.verdict.reasons.join(' ')).toMatch(
    /new is better than master in buyers.*new harms slow.*new holds fast within/,
  )
})

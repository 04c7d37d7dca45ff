import { Moments } from '@assay/aggregator/moments/moments'
import { planOf } from '@assay/aggregator/moments/plan'
import { Definitions } from '@assay/core/control/definitions'
import { controlRecord } from '@assay/core/control/record'
import { testDefinition } from '@assay/core/definition/test'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import { readLooks } from '@assay/query-api/analysis/looks'
import type { Results } from '@assay/query-api/analysis/reply'
import { resultsOf } from '@assay/query-api/analysis/results'
import { readSnapshot } from '@assay/query-api/analysis/snapshot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { event, NOON } from '../support/entry.js'
import { type Machine, openMachine } from '../support/single-machine.js'

/** What people and branches did, and what is to be said of it: each story a table of events and a verdict. */

const HOUR = 3_600_000
let machine: Machine
beforeAll(async () => {
  machine = await openMachine()
})
afterAll(() => machine.close())

type Told = Partial<Event> & { user: string; event: string; hour: number }

let people = 0
/** So many users exposed at an hour, of whom a share buys `after` so many hours. */
function crowd(users: number, label: string, hour: number, share: number, after = 1, value = 1): Told[] {
  return Array.from({ length: users }, (_, i) => {
    const user = `u${people++}`
    const seen: Told = { user, event: '$exposure', hour, tests: { t: label } }
    return i < Math.round(users * share) ? [seen, { user, event: 'buy', hour: hour + after, value }] : [seen]
  }).flat()
}

const weighted = (master: number, other: number) => [
  { name: 'master', weight: master },
  { name: 'new', weight: other },
]
const buyers = { name: 'buyers', kind: 'conversion', event: 'buy' }
const define = (changes: object = {}) => ({
  what: 'define',
  definition: testDefinition.parse({ branches: weighted(1, 1), control: 'master', metrics: [buyers], ...changes }),
})
const start = { what: 'start' }
const stop = { what: 'stop' }

/** What was defined, each change at its hour. */
function definitionsOf(app: string, changes: readonly (readonly [number, object])[]): Definitions {
  const definitions = new Definitions()
  for (const [i, [hour, change]] of changes.entries()) {
    const record = { id: `r${i}`, at: NOON + hour * HOUR, by: 'admin', app, testId: 't', expects: i, ...change }
    const outcome = definitions.apply(controlRecord.parse(record))
    if (outcome instanceof Error) throw outcome
  }
  return definitions
}

let offset = 0
let apps = 0

interface Story {
  changes?: readonly (readonly [number, object])[]
  events: readonly Told[]
  /** Hours at which snapshots are taken; of the last one results are asked. */
  looks?: readonly number[]
  testId?: string
  /** Whether a snapshot knows only what was done before it. */
  isLive?: boolean
}

async function store(app: string, events: readonly Told[]): Promise<void> {
  const lines = events.map(({ hour, ...told }) => {
    const whole = event({ id: `e${offset}`, app, time: NOON + hour * HOUR, ...told })
    return `${JSON.stringify({ partition: 0, offset: offset++, ...whole })}\n`
  })
  if (lines.length > 0) await machine.store.write.insertLines(INBOX, [Buffer.from(lines.join(''))], `story-${offset}`)
}

async function play(story: Story): Promise<Results[]> {
  const { changes = [], events, looks = [24 * 30], testId = 't', isLive = false } = story
  const app = `app${apps++}`
  const moments = new Moments(machine.store, app)
  const found: Results[] = []
  for (const [i, hour] of looks.entries()) {
    if (isLive)
      await store(
        app,
        events.filter((told) => told.hour > (looks[i - 1] ?? -Infinity) && told.hour <= hour),
      )
    else if (i === 0) await store(app, events)
    const definitions = definitionsOf(
      app,
      changes.filter(([at]) => at <= hour),
    )
    await moments.snapshot([offset], NOON + hour * HOUR, planOf(definitions, app))
    const { read } = machine.store
    const rows = await readSnapshot(read, app, testId)
    const { decision } = definitions.test(app, testId)?.definition ?? testDefinition.parse(define().definition)
    const taken = await readLooks(read, app, testId, decision, rows)
    found.push(
      resultsOf({ app, testId, imported: false }, definitions, rows, { bayes: false, usersPerDay: null, looks: taken }),
    )
  }
  return found
}

const last = async (story: Story): Promise<Results> => (await play(story)).at(-1)!
const effectOf = ({ metrics }: Results) => metrics[0]!.comparisons[0]!
const codes = ({ warnings }: Results) => warnings.map(({ code }) => code)

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

test.each([
  [3, ['partial-week']],
  [7.1, []],
  [10, ['partial-week']],
  [14, []],
])('a verdict after %d days', async (days, warnings) => {
  const events = [...crowd(3000, 'master', 1, 0.1), ...crowd(3000, 'new', 1, 0.2)]
  const changes = [
    [0, define()],
    [0, start],
  ] as const
  const [found] = await play({ changes, events, looks: [days * 24] })
  expect(codes(found!)).toEqual(warnings)
})

test('a difference that a single look would call is told of, and not called', async () => {
  const events = [...crowd(1000, 'master', 1, 0.1), ...crowd(1000, 'new', 1, 0.13)]
  const found = await last({
    changes: [
      [0, define()],
      [0, start],
    ],
    events,
  })
  expect([found.verdict.outcome, codes(found)]).toEqual(['undecided', ['peeking']])
  expect(effectOf(found).fixed.pValue).toBeLessThan(0.05)
})

test('planned looks decide, and what one of them has decided stays', async () => {
  const decision = { method: 'group-sequential', looks: 4, plannedUsers: 8000 }
  const wave = (hour: number, rate: number) => [...crowd(1000, 'master', hour, 0.1), ...crowd(1000, 'new', hour, rate)]
  const found = await play({
    changes: [
      [0, define({ decision })],
      [0, start],
    ],
    events: [...wave(1, 0.13), ...wave(11, 0.13), ...wave(21, 0.08), ...wave(31, 0.08)],
    looks: [2, 3, 13, 14, 23, 33, 34],
    isLive: true,
  })
  // Each look is at the end of the minute in which its users were in: the next snapshot knows of it.
  expect(found.map((f) => [effectOf(f).sequential?.look, effectOf(f).verdict])).toEqual([
    [undefined, 'inconclusive'],
    [1, 'inconclusive'],
    [1, 'inconclusive'],
    [2, 'better'],
    [2, 'better'],
    [2, 'better'],
    [2, 'better'],
  ])
  const { sequential } = effectOf(found.at(-1)!)
  expect(sequential).toMatchObject({ effect: expect.closeTo(0.03, 12), information: 0.5 })
})

test('a single look decides nothing until the planned users are in', async () => {
  const decision = { method: 'single-look', plannedUsers: 8000 }
  const crowds = (users: number) => [...crowd(users, 'master', 1, 0.1), ...crowd(users, 'new', 1, 0.2)]
  const changes = [
    [0, define({ decision })],
    [0, start],
  ] as const
  const [early, due] = [await last({ changes, events: crowds(3000) }), await last({ changes, events: crowds(4000) })]
  expect([early, due].map(({ verdict }) => verdict.outcome)).toEqual(['undecided', 'better'])
  expect([early, due].map(codes)).toEqual([['early-look'], []])
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

import { expect, test } from 'vitest'
import { codes, crowd, define, effectOf, last, play, start, tellStories } from '../support/story.js'

/** When results are looked at, and what may be decided then. */
tellStories()

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

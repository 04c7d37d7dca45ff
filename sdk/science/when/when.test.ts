import { expect, test } from 'vitest'
import { beside, inTurn, later, science, type When } from '../science.js'
import { laboratory, sleep } from '../testkit/laboratory.js'

/** A promise to be kept by hand. */
function gate() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test.each<[string, () => When, string[]]>([
  ['inTurn', () => inTurn({ order: ['control'] }), ['control', 'a', 'b', 'answer']],
  ['beside', () => beside(), ['a', 'b', 'control', 'answer']],
  ['later', () => later(), ['control', 'answer', 'a', 'b']],
])('%s: the caller is answered in its time', async (_, make, expected) => {
  const steps: string[] = []
  const step = (name: string) => () => {
    steps.push(name)
    return 1
  }
  const when = make()
  const { reported, options } = laboratory<number>({ when, random: () => 0.99 })
  const use = () => sleep(10).then(step('control'))
  await science('e', options, { use, try: { a: step('a'), b: step('b') } }).then(step('answer'))
  await when.idle()
  expect(steps).toEqual(expected)
  expect(reported.map(({ branch, props }) => [branch, props.matched])).toEqual([
    ['control', undefined],
    ['a', true],
    ['b', true],
  ])
})

test.each<[string, When]>([
  ['beside', beside()],
  ['later', later()],
])('%s: the caller does not wait for a candidate that hangs', async (_, when) => {
  const { reported, options } = laboratory<number>({ when, timeout: 100 })
  expect(await science('e', options, { use: () => 1, try: { fast: () => new Promise(() => {}) } })).toBe(1)
  expect(reported).toEqual([])
  await when.idle()
  expect(reported[1]).toMatchObject({ branch: 'fast', props: { outcome: 'timeout', matched: false } })
})

test.each<[string, When]>([
  ['beside', beside()],
  ['later', later()],
])('%s: with raiseOnMismatch the caller waits after all', async (_, when) => {
  const run = science(
    'e',
    { when, raiseOnMismatch: true },
    { use: () => 1, try: { fast: () => sleep(10).then(() => 2) } },
  )
  await expect(run).rejects.toThrow('observations mismatched')
})

test.each<[string, When, number, number]>([
  ['inTurn', inTurn({ atOnce: 2, order: ['control'] }), 2, 3],
  ['beside', beside({ atOnce: 2 }), 2, 3],
  ['later, nobody may wait', later({ atOnce: 1, waiting: 0 }), 1, 4],
  ['later, two may wait', later({ atOnce: 1, waiting: 2 }), 1, 2],
])('%s: of five runs at once some are skipped, and all are answered', async (_, when, atOnce, skipped) => {
  let inside = 0
  let most = 0
  let skips = 0
  const { opened, open } = gate()
  const fast = async () => {
    most = Math.max(most, ++inside)
    await opened
    inside--
    return 1
  }
  const { reported, options } = laboratory<number>({ when, onSkip: () => skips++ })
  const experiment = science('e', options)
  const answers = Promise.all([1, 2, 3, 4, 5].map(() => experiment({ use: () => 1, try: { fast } })))
  await sleep(10)
  open()
  expect(await answers).toEqual([1, 1, 1, 1, 1])
  await when.idle()
  expect({ most, skips }).toEqual({ most: atOnce, skips: skipped })
  // A skipped run is in no branch, or the control's runs would be others than the candidate's.
  expect(reported).toHaveLength((5 - skipped) * 2)
  expect(
    reported.filter(({ props }) => 'skipped' in props).map(({ branch, props }) => [branch, props.skipped]),
  ).toEqual([['control', skipped]])
})

test('with raiseOnMismatch a skipped run is answered too', async () => {
  const when = later({ waiting: 0 })
  const experiment = science<number>('e', { when, raiseOnMismatch: true })
  const trial = { use: () => 1, try: { fast: () => sleep(10).then(() => 1) } }
  expect(await Promise.all([experiment(trial), experiment(trial)])).toEqual([1, 1])
})

test.each<[string, Partial<Parameters<typeof laboratory<number[]>>[0]>, boolean]>([
  ['as it was returned', { copy: structuredClone }, true],
  ['as the caller left it, without a copy', {}, false],
])('what the control returned is compared %s', async (_, more, matched) => {
  const when = later()
  const { reported, options } = laboratory<number[]>({ when, ...more })
  const answer = await science('e', options, { use: () => [1], try: { fast: () => [1] } })
  answer.push(2)
  await when.idle()
  expect(reported[1]!.props).toMatchObject({ matched })
})

test('limits are those of all experiments that share them', async () => {
  const when = later({ atOnce: 1, waiting: 1 })
  let skips = 0
  const one = science<number>('one', { when, onSkip: () => skips++ })
  const other = science<number>('other', { when, onSkip: () => skips++ })
  const trial = { use: () => 1, try: { fast: () => 1 } }
  await Promise.all([one(trial), other(trial), one(trial)])
  await when.idle()
  expect(skips).toBe(1)
})

test('what nobody foresaw going wrong while candidates are dealt with is told, and what comes after goes on', async () => {
  const when = later()
  const broken = { use: () => 1, try: { a: () => 1, b: () => 1 }, random: () => -1 }
  expect(await science('e', { when, percentage: 100 }, broken)).toBe(1)
  await when.idle()
  const { reported, options } = laboratory<number>({ when })
  await science('e', options, { use: () => 1, try: { fast: () => 1 } })
  await when.idle()
  expect(reported).toHaveLength(2)
})

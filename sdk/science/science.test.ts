import { describe, expect, test } from 'vitest'
import { seeded } from '../testkit/random.js'
import { inTurn, science, type Trial } from './science.js'
import { fail, firstControl, give, laboratory, never, type Said, said } from './testkit/laboratory.js'

describe('given what control and candidate do, what the caller gets and what is reported of the candidate', () => {
  const matched = { matched: true, ignored: false }
  const mismatched = { matched: false, ignored: false }
  const ignored = { matched: false, ignored: true }
  const row = (
    title: string,
    use: Trial<unknown>['use'],
    candidate: () => unknown,
    more: Partial<Trial<unknown>>,
    caller: Said,
    props: Record<string, unknown>,
  ) => [title, use, candidate, more, caller, props] as const

  test.each([
    row('the same', give(1), give(1), {}, { returned: 1 }, { ...matched, outcome: 'ok' }),
    row(
      'the same, later',
      async () => 1,
      async () => 1,
      {},
      { returned: 1 },
      matched,
    ),
    row('equal objects', give({ a: [1] }), give({ a: [1] }), {}, { returned: { a: [1] } }, matched),
    row('others', give(1), give(2), {}, { returned: 1 }, { ...mismatched, outcome: 'ok' }),
    row('as good', give('A'), give('a'), { compare: (a, b) => `${a}`.toLowerCase() === b }, { returned: 'A' }, matched),
    row('known', give(1), give(2), { ignore: (a, b) => a.value === 1 && b.value === 2 }, { returned: 1 }, ignored),
    row('known by the second', give(1), give(2), { ignore: [() => false, () => true] }, { returned: 1 }, ignored),
    row('known by none', give(1), give(2), { ignore: [() => false, async () => false] }, { returned: 1 }, mismatched),
    row(
      'the candidate throws',
      give(1),
      fail(TypeError('a')),
      {},
      { returned: 1 },
      { ...mismatched, outcome: 'error', error: 'TypeError' },
    ),
    row(
      'it rejects',
      give(1),
      async () => fail(Error('a'))(),
      {},
      { returned: 1 },
      { ...mismatched, outcome: 'error', error: 'Error' },
    ),
    row('it throws nothing', give(1), fail(undefined), {}, { returned: 1 }, { ...mismatched, outcome: 'error' }),
    row(
      'the control throws',
      fail(RangeError('a')),
      give(1),
      {},
      { thrown: 'RangeError: a' },
      { ...mismatched, outcome: 'ok' },
    ),
    row('both throw the same', fail(RangeError('a')), fail(RangeError('a')), {}, { thrown: 'RangeError: a' }, matched),
    row('both throw', fail(RangeError('a')), fail(RangeError('b')), {}, { thrown: 'RangeError: a' }, mismatched),
    row(
      'both throw as good',
      fail(RangeError('a')),
      fail('b'),
      { compareErrors: (a, b) => a instanceof Error && b === 'b' },
      { thrown: 'RangeError: a' },
      matched,
    ),
    row(
      'a known error',
      give(1),
      fail(TypeError('a')),
      { ignore: (_, { error }) => error instanceof TypeError },
      { returned: 1 },
      ignored,
    ),
    row(
      'too late',
      give(1),
      never,
      { timeout: 5 },
      { returned: 1 },
      { ...mismatched, outcome: 'timeout', error: 'TimeoutError' },
    ),
    row(
      'a cohort',
      give(1),
      give(1),
      { cohort: ({ control }) => `of ${control.value}` },
      { returned: 1 },
      { ...matched, cohort: 'of 1' },
    ),
    row(
      'a cohort too long',
      give(1),
      give(1),
      { cohort: () => `${'x'.repeat(1023)}🦊` },
      { returned: 1 },
      { cohort: `${'x'.repeat(1023)}\ufffd` },
    ),
  ])('%s', async (_, use, candidate, more, caller, props) => {
    const { reported, told, options } = laboratory()
    expect(await said(science('e', options, { use, try: { fast: candidate }, when: firstControl, ...more }))).toEqual(
      caller,
    )
    expect(reported.map(({ branch }) => branch)).toEqual(['control', 'fast'])
    expect(reported[1]!.props).toMatchObject(props)
    expect(reported[0]!.props).toMatchObject({ outcome: 'thrown' in caller ? 'error' : 'ok' })
    expect(reported[0]!.props).not.toHaveProperty('matched')
    expect(told).toEqual([])
  })
})

describe('whether candidates run', () => {
  test.each<[string, Partial<Trial<unknown>>, boolean]>([
    ['nothing said', {}, true],
    ['enabled', { enabled: () => true }, true],
    ['not enabled', { enabled: () => false }, false],
    ['not enabled, as is found out later', { enabled: async () => false }, false],
    ['enabled is not known in time', { enabled: never, timeout: 5 }, false],
    ['not this time', { runIf: () => false }, false],
    ['both', { enabled: () => true, runIf: async () => true }, true],
    ['drawn', { percentage: 30, random: () => 0.299 }, true],
    ['not drawn', { percentage: 30, random: () => 0.3 }, false],
    ['no percentage', { percentage: 0, random: () => 0 }, false],
    ['prepared', { beforeRun: async () => {} }, true],
    ['without candidates', { try: {} }, false],
  ])('%s', async (_, more, is) => {
    const { reported, options } = laboratory()
    let ran = false
    const fast = () => {
      ran = true
    }
    await science('e', options, { use: () => 1, try: { fast }, ...more })
    expect([ran, reported.length]).toEqual(is ? [true, 2] : [false, 0])
  })

  test.each<[string, string, number, string]>([
    ['all say yes', '', 100, 'enabled runIf beforeRun'],
    ['not enabled', 'enabled', 100, 'enabled'],
    ['not this time', 'runIf', 100, 'enabled runIf'],
    ['not drawn', '', 0, ''],
  ])('each is asked only where the one before it said yes: %s', async (_, no, percentage, expected) => {
    const asked: string[] = []
    const ask = (name: string) => () => asked.push(name) > 0 && name !== no
    const asks = { enabled: ask('enabled'), runIf: ask('runIf'), beforeRun: ask('beforeRun'), percentage }
    await science('e', asks, { use: () => 1, try: { fast: () => 1 } })
    expect(asked.join(' ')).toBe(expected)
  })

  test('a tenth of runs at ten per cent', async () => {
    const { reported, options } = laboratory<number>({ percentage: 10, random: seeded(7) })
    const experiment = science('e', options)
    for (let i = 0; i < 1000; i++) await experiment({ use: () => 1, try: { fast: () => 1 } })
    expect(reported.length / 2).toBeGreaterThan(52)
    expect(reported.length / 2).toBeLessThan(148)
  })

  test('what prepares runs only for a run with candidates, and before them', async () => {
    const steps: string[] = []
    const trial = {
      beforeRun: () => steps.push('before'),
      use: () => steps.push('use'),
      try: { fast: () => steps.push('try') },
    }
    await science('e', { when: firstControl }, trial)
    await science('e', { enabled: () => false }, trial)
    expect(steps).toEqual(['before', 'use', 'try', 'use'])
  })
})

describe('order', () => {
  const orderOf = async (random: () => number, when = inTurn()) => {
    const order: string[] = []
    const step = (name: string) => () => order.push(name) && 0
    const { reported, options } = laboratory<number>({ random, when })
    await science('e', options, { use: step('control'), try: { a: step('a'), b: step('b') } })
    const positions = reported.map(({ branch, props }) => [branch, props.position])
    expect(positions).toEqual(order.map((name, i) => [name, i + 1]))
    return order.join(' ')
  }

  test('each of the six orders comes as often', async () => {
    const random = seeded(3)
    const counts: Record<string, number> = {}
    for (let i = 0; i < 1200; i++) {
      const order = await orderOf(random)
      counts[order] = (counts[order] ?? 0) + 1
    }
    expect(Object.keys(counts)).toHaveLength(6)
    // Five standard deviations of a binomial count of 1,200 at a sixth.
    for (const n of Object.values(counts)) expect(Math.abs(n - 200)).toBeLessThan(65)
  })

  test.each([
    [['b', 'control', 'a'], 'b control a'],
    [['b'], 'b control a'],
    [['unknown', 'a'], 'a control b'],
  ])('%j makes it %s', async (order, expected) => {
    expect(await orderOf(Math.random, inTurn({ order }))).toBe(expected)
  })
})

test('of those that know mismatches each is asked until one says so, and one that throws is passed over', async () => {
  const asked: string[] = []
  const ask = (name: string, is: () => boolean) => () => asked.push(name) > 0 && is()
  const ignore = [
    ask('broken', fail(Error('broken'))),
    ask('no', () => false),
    ask('yes', () => true),
    ask('never', () => true),
  ]
  const { reported, told, options } = laboratory<number>({ when: firstControl, ignore })
  await science('e', options, { use: () => 1, try: { fast: () => 2 } })
  expect(asked).toEqual(['broken', 'no', 'yes'])
  expect(reported[1]!.props).toMatchObject({ matched: false, ignored: true })
  expect(told).toEqual(['ignore: broken'])
})

test('a candidate cannot pass for the control', async () => {
  const { reported, options } = laboratory<number>()
  // @ts-expect-error: the name is taken
  const trial: Trial<number> = { use: () => 1, try: { control: () => 2, fast: () => 1 } }
  expect(await science('e', options, trial)).toBe(1)
  expect(reported.map(({ branch }) => branch).sort()).toEqual(['control', 'fast'])
})

import { describe, expect, test } from 'vitest'
import type { Mismatch } from './result.js'
import { inTurn, MismatchError, science, type Trial } from './science.js'
import { laboratory, seeded, sleep } from './testkit/laboratory.js'

type Said = { returned: unknown } | { thrown: string }
const said = (promise: Promise<unknown>): Promise<Said> =>
  promise.then(
    (returned) => ({ returned }),
    (error) => ({ thrown: `${error.name}: ${error.message}` }),
  )
const give = (value: unknown) => () => value
const fail = (error: unknown) => () => {
  throw error
}
const never = () => new Promise<never>(() => {})
const firstControl = inTurn({ order: ['control'] })

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
    // biome-ignore format: rows
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

describe('what an observation carries', () => {
  test('milliseconds, and CPU milliseconds of the process', async () => {
    const { reported, options } = laboratory()
    const compute = () => {
      const before = process.cpuUsage()
      while (process.cpuUsage(before).user < 100_000);
    }
    await science('e', options, { use: () => sleep(40), try: { fast: compute }, when: firstControl })
    const [control, fast] = reported
    expect(control!.milliseconds).toBeGreaterThan(35)
    expect(fast!.milliseconds).toBeGreaterThan(90)
    expect(fast!.props.cpuMs).toBeGreaterThanOrEqual(100)
    expect(fast!.props.cpuMs).toBeGreaterThan(control!.props.cpuMs as number)
  })

  test('a user of its own in each branch, the same for all runs of one user', async () => {
    const { reported, options } = laboratory<number>({ user: 'ann' })
    const experiment = science('e', options)
    for (const user of ['ann', 'ann', 'bob'])
      await experiment({ user, use: () => 1, try: { fast: () => 1 }, when: firstControl })
    const [ann, again] = [
      ['e/control/ann', 'e/fast/ann'],
      ['e/control/bob', 'e/fast/bob'],
    ]
    expect(reported.map(({ user }) => user)).toEqual([...ann!, ...ann!, ...again!])
  })

  test.each([
    ['without a user', undefined],
    ['with one too long to be told apart', 'x'.repeat(250)],
  ])('%s each run is a user of its own, the same in each branch but for its name', async (_, user) => {
    const { reported, options } = laboratory<number>({ user })
    for (let i = 0; i < 2; i++)
      await science('e', options, { use: () => 1, try: { fast: () => 1 }, when: firstControl })
    expect(new Set(reported.map((one) => one.user)).size).toBe(4)
    for (const one of reported) {
      expect(one.user).toContain(one.props.run)
      expect(one.user).toContain(one.branch)
      expect(one.user.length).toBeLessThanOrEqual(256)
    }
  })

  test('no more props than the server takes, when all are there', async () => {
    const { reported, options } = laboratory<number>({ cohort: () => 'c', ignore: () => true })
    await science('e', options, { use: () => 1, try: { fast: fail(Error('a')) } })
    for (const { props } of reported) expect(Object.keys(props).length).toBeLessThan(16)
  })
})

describe('mismatches', () => {
  test('each is told, cleaned, with the context of experiment and run', async () => {
    const heard: Mismatch[] = []
    const { options } = laboratory<{ login: string; secret: string }[]>({
      context: { service: 'shop', page: 1 },
      clean: (users) => users.map(({ login }) => login),
      onMismatch: (mismatch) => heard.push(mismatch),
    })
    const use = () => [{ login: 'ann', secret: 's' }]
    const other = () => [{ login: 'bob', secret: 's' }]
    await science('users', options, {
      user: 'u',
      context: { page: 2 },
      use,
      try: { same: use, other, gone: fail(RangeError('a')) },
      when: inTurn({ order: [] }),
    })
    expect(heard).toMatchObject([
      {
        experiment: 'users',
        user: 'u',
        context: { service: 'shop', page: 2 },
        control: { value: ['ann'] },
        candidate: { name: 'other', value: ['bob'] },
      },
      { candidate: { name: 'gone', outcome: 'error', error: { name: 'RangeError', message: 'a' } } },
    ])
    expect(JSON.stringify(heard)).not.toContain('secret')
  })

  test('an ignored one is not told', async () => {
    const heard: Mismatch[] = []
    await science(
      'e',
      { ignore: () => true, onMismatch: (m) => heard.push(m) },
      { use: () => 1, try: { fast: () => 2 } },
    )
    expect(heard).toEqual([])
  })

  test('afterRun hears of all that was found', async () => {
    const heard: unknown[] = []
    const name = ({ name }: { name: string }) => name
    await science(
      'e',
      { when: firstControl, ignore: (_, b) => b.value === 3 },
      {
        use: () => 1,
        try: { a: () => 1, b: () => 2, c: () => 3 },
        afterRun: (r) =>
          heard.push([
            r.control.value,
            r.candidates.map(name),
            r.matched.map(name),
            r.mismatched.map(name),
            r.ignored.map(name),
          ]),
      },
    )
    expect(heard).toEqual([[1, ['a', 'b', 'c'], ['a'], ['b'], ['c']]])
  })
})

describe('raiseOnMismatch', () => {
  test('rejects with an error that shows both, cleaned', async () => {
    const clean = (user: { name: string }) => user.name
    const run = science<{ name: string }>(
      'users',
      { raiseOnMismatch: true, clean },
      {
        use: () => ({ name: 'ann', secret: 1 }),
        try: {
          fast: () => ({ name: 'bob', secret: 1 }),
          broken: fail(new TypeError('no such user')),
          right: () => ({ name: 'ann', secret: 1 }),
        },
        when: inTurn({ order: [] }),
      },
    )
    const error = await run.catch((e) => e)
    expect(error).toBeInstanceOf(MismatchError)
    expect(error.message).toMatch(
      /^experiment 'users' observations mismatched:\ncontrol:\n {2}"ann"\nfast:\n {2}"bob"\nbroken:\n {2}TypeError: no such user\n/,
    )
    expect(error.message).not.toMatch(/right|secret/)
    expect(error.result.mismatched).toHaveLength(2)
  })

  test.each<[string, Partial<Trial<unknown>>, Said]>([
    ['a match', { try: { fast: () => 1 } }, { returned: 1 }],
    ['an ignored mismatch', { ignore: () => true }, { returned: 1 }],
    [
      'an error of the test',
      { raiseOnMismatch: ({ experiment }) => RangeError(experiment) },
      { thrown: 'RangeError: e' },
    ],
    [
      'values without JSON',
      { use: () => 1n, try: { fast: () => 2n } },
      { thrown: "MismatchError: experiment 'e' observations mismatched:\ncontrol:\n  1\nfast:\n  2" },
    ],
  ])('%s', async (_, more, expected) => {
    const trial = { use: () => 1, try: { fast: () => 2 }, ...more }
    expect(await said(science<unknown>('e', { raiseOnMismatch: true }, trial))).toEqual(expected)
  })
})

describe('a helper that throws is told by its name, and the caller notices nothing', () => {
  const broken = () => {
    throw Error('broken')
  }
  const client = { visitor: () => ({ report: broken }) }
  test.each<[string, Partial<Trial<unknown>>, number]>([
    ['enabled', { enabled: broken }, 0],
    ['enabled', { random: broken }, 0],
    ['runIf', { runIf: broken }, 0],
    ['beforeRun', { beforeRun: broken }, 0],
    ['compare', { compare: broken }, 2],
    ['compareErrors', { use: fail(Error('a')), try: { fast: fail(Error('b')) }, compareErrors: broken }, 2],
    ['ignore', { ignore: [broken] }, 2],
    ['clean', { clean: broken, onMismatch: () => {} }, 2],
    ['cohort', { cohort: broken }, 2],
    ['copy', { copy: broken }, 2],
    ['report', { client }, 0],
    ['report', { client: { visitor: broken } }, 0],
    ['onMismatch', { onMismatch: broken }, 2],
    ['afterRun', { afterRun: broken }, 2],
    ['when', { when: { run: broken, idle: broken } }, 0],
  ])('%s', async (operation, more, events) => {
    const run = (more: Partial<Trial<unknown>>) => {
      const { reported, told, options } = laboratory()
      const trial = { use: () => 1, try: { fast: () => 2 }, ...more }
      return said(science('e', options, trial)).then((caller) => ({
        caller,
        told: new Set(told),
        events: reported.length,
      }))
    }
    const { caller, ...rest } = await run(more)
    expect(caller).toEqual(more.use ? { thrown: 'Error: a' } : { returned: 1 })
    expect(rest).toEqual({ told: new Set([`${operation}: broken`]), events })
  })

  test('asynchronous ones too, and one that takes too long', async () => {
    const { told, options } = laboratory<number>({ timeout: 10, when: firstControl })
    const trial = {
      use: () => 1,
      try: { fast: () => 2 },
      compare: never,
      ignore: async () => broken(),
      afterRun: never,
    }
    expect(await science('e', options, trial)).toBe(1)
    expect(told).toEqual(['compare: took longer than 10 ms', 'ignore: broken', 'afterRun: took longer than 10 ms'])
  })

  test.each([
    ['throws', broken],
    ['rejects', async () => broken()],
  ])('a listener for errors that %s itself', async (_, onError) => {
    expect(await science('e', { onError, compare: broken }, { use: () => 1, try: { fast: () => 1 } })).toBe(1)
  })

  test('a value that could not be cleaned is not shown', async () => {
    const heard: Mismatch[] = []
    await science(
      'e',
      { clean: broken, onMismatch: (m) => heard.push(m) },
      { use: () => 'secret', try: { fast: () => 'other' } },
    )
    expect(heard[0]).toMatchObject({ control: { value: undefined }, candidate: { value: undefined } })
  })

  test('raiseOnMismatch that throws leaves the plain error', async () => {
    const { told, options } = laboratory({ raiseOnMismatch: broken })
    await expect(science('e', options, { use: () => 1, try: { fast: () => 2 } })).rejects.toThrow(MismatchError)
    expect(told).toEqual(['raiseOnMismatch: broken'])
  })
})

describe('timeouts', () => {
  test('the candidate is told to stop, and the caller waits no longer', async () => {
    const { reported, options } = laboratory({ timeout: 20 })
    let signal: AbortSignal | undefined
    const start = performance.now()
    await science('e', options, {
      use: () => 1,
      try: { fast: (given) => { signal = given; return never() } }, // biome-ignore format: short
    })
    expect(performance.now() - start).toBeLessThan(500)
    expect(signal).toMatchObject({ aborted: true, reason: { name: 'TimeoutError', message: 'took longer than 20 ms' } })
    expect(reported.find(({ branch }) => branch === 'fast')!.milliseconds).toBeGreaterThan(15)
  })

  test('a rejection that comes too late bothers nobody', async () => {
    const { told, options } = laboratory({ timeout: 5 })
    await science('e', options, { use: () => 1, try: { fast: () => sleep(20).then(fail(Error('late'))) } })
    await sleep(40)
    expect(told).toEqual([])
  })

  test('there is none for the control, and none that is endless for a candidate', async () => {
    const { reported, options } = laboratory({ timeout: 5 })
    expect(
      await science<unknown>('e', options, { use: () => sleep(20).then(() => 1), try: { fast: () => sleep(10) } }),
    ).toBe(1)
    await science<unknown>(
      'e',
      { ...options, timeout: Infinity },
      { use: () => 1, try: { fast: () => sleep(10).then(() => 1) } },
    )
    expect(reported.filter(({ branch }) => branch === 'fast').map(({ props }) => props.outcome)).toEqual([
      'timeout',
      'ok',
    ])
  })
})

test('a candidate cannot pass for the control', async () => {
  const { reported, options } = laboratory<number>()
  // @ts-expect-error: the name is taken
  const trial: Trial<number> = { use: () => 1, try: { control: () => 2, fast: () => 1 } }
  expect(await science('e', options, trial)).toBe(1)
  expect(reported.map(({ branch }) => branch).sort()).toEqual(['control', 'fast'])
})

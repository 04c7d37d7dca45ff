import { describe, expect, test } from 'vitest'
import type { Mismatch } from './result.js'
import { inTurn, MismatchError, science, type Trial } from './science.js'
import { fail, firstControl, laboratory, type Said, said } from './testkit/laboratory.js'

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

import { describe, expect, test } from 'vitest'
import type { Mismatch } from './result.js'
import { inTurn, MismatchError, science, type Trial } from './science.js'
import { fail, firstControl, laboratory, never, said, sleep } from './testkit/laboratory.js'

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

  test('onSkip too', async () => {
    const { told, options } = laboratory<number>({ when: inTurn({ atOnce: 0 }), onSkip: broken })
    expect(await science('e', options, { use: () => 1, try: { fast: () => 2 } })).toBe(1)
    expect(told).toEqual(['onSkip: broken'])
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
    expect([heard[0]!.control, heard[0]!.candidate].map((kept) => 'value' in kept)).toEqual([false, false])
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
      try: {
        fast: (given) => {
          signal = given
          return never()
        },
      },
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

import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test, vi } from 'vitest'
import { beside, inTurn, later, MismatchError, science, type When } from './science.js'
import { fail, firstControl, give, laboratory, never, said } from './testkit/laboratory.js'

/** As query builders are: no promise, and `then` gives nothing back. */
class Query {
  constructor(readonly value: unknown) {}
  // biome-ignore lint/suspicious/noThenProperty: that is what is tried
  then(resolve: (value: unknown) => void) {
    if (this.value instanceof Error) throw this.value
    setTimeout(resolve, 1, this.value)
  }
}
const thenable = (value: unknown) => new Query(value)
const brokenThen = () => new Query(Error('broken'))
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const cyclic = () => {
  const o = Object.create(null)
  o.self = o
  return o
}
/** Whose every field is one more of them. */
const bottomless = (): object => new Proxy({ a: 0 }, { get: (_, key) => (key === 'a' ? bottomless() : undefined) })

describe('what control and candidates may give', () => {
  test.each([
    ['thenables', give(thenable(1)), give(thenable(1)), { returned: 1 }, true],
    ['a thenable of the control that throws', brokenThen, give(1), { thrown: 'Error: broken' }, false],
    ['one of the candidate', give(1), brokenThen, { returned: 1 }, false],
    ['a bottomless object', give(1), bottomless, { returned: 1 }, false],
    ['a revoked proxy', give(1), async () => fail(revoked())(), { returned: 1 }, false],
  ])('%s', async (_, use, candidate, caller, matched) => {
    const { reported, told, options } = laboratory<unknown>({ when: firstControl })
    const trial = { use, try: { fast: candidate } }
    expect(await said(science<unknown>('e', options, trial as never))).toEqual(caller)
    expect(reported.map(({ branch, props }) => [branch, props.matched])).toEqual([
      ['control', undefined],
      ['fast', matched],
    ])
    expect(told).toEqual([])
  })

  test('two bottomless objects: that they cannot be compared is told', async () => {
    const { reported, told, options } = laboratory<unknown>({ when: firstControl })
    await science('e', options, { use: () => bottomless(), try: { fast: bottomless } })
    expect(reported[1]!.props).toMatchObject({ matched: false, outcome: 'ok' })
    expect(told).toEqual([expect.stringMatching(/^compare: .*call stack/)])
  })

  test('a thenable that throws leaves no timer behind', async () => {
    vi.useFakeTimers()
    try {
      await science<unknown>('e', {}, { use: () => 1, try: { fast: brokenThen as never } })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('the control’s error is thrown as it is', async () => {
    const error = Object.freeze(new RangeError('a'))
    const { stack } = error
    for (const when of [inTurn(), beside(), later()]) {
      const caught = await science<number>('e', { when }, { use: fail(error), try: { fast: () => 1 } }).catch((e) => e)
      expect(caught).toBe(error)
      expect(caught.stack).toBe(stack)
    }
  })
})

describe('raiseOnMismatch', () => {
  test.each<[string, () => unknown, string]>([
    ['a cycle', cyclic, 'fast:\n  [object Object]'],
    ['a revoked proxy', revoked, 'fast:\n  '],
    ['an error that cannot be read', () => fail(revoked())(), 'fast:\n  '],
    ['something odd that was thrown', fail({ name: 'A', message: 'b', stack: 5 }), 'fast:\n  5'],
    ['a symbol', () => Symbol('s'), 'fast:\n  Symbol(s)'],
  ])('shows %s', async (_, candidate, shown) => {
    const trial = { use: () => 1, try: { fast: candidate } }
    const error = await science<unknown>('e', { raiseOnMismatch: true }, trial).catch((e) => e as Error)
    expect(error).toBeInstanceOf(MismatchError)
    expect((error as Error).message).toContain(shown)
  })

  test.each<[string, () => When]>([
    ['inTurn', () => inTurn()],
    ['beside', () => beside()],
    ['later', () => later()],
  ])('%s: the caller is answered even where the order cannot be drawn', async (_, make) => {
    const draws = [() => 0, fail(Error('broken'))]
    const { told, options } = laboratory<number>({
      when: make(),
      raiseOnMismatch: true,
      random: () => draws.shift()!(),
    })
    expect(await science('e', options, { use: () => 1, try: { a: () => 2, b: () => 2 } })).toBe(1)
    expect(told).toEqual(['when: broken'])
  })
})

describe('candidates off the request path', () => {
  test.each<[string, When]>([
    ['inTurn', inTurn()],
    ['beside', beside()],
    ['later', later({ atOnce: 1 })],
  ])('%s: each sees the request that it belongs to', async (_, when) => {
    const request = new AsyncLocalStorage<number>()
    const { reported, options } = laboratory<unknown>({ when })
    const experiment = science('e', options)
    const see = async () => {
      await new Promise(setImmediate)
      return request.getStore()
    }
    const run = (id: number) => request.run(id, () => experiment({ use: see, try: { fast: see } }))
    expect(await Promise.all([1, 2, 3].map(run))).toEqual([1, 2, 3])
    await when.idle()
    expect(reported.filter(({ props }) => props.matched)).toHaveLength(3)
  })

  test('of thousands at once as many run as may, and the rest is counted', async () => {
    const when = later({ atOnce: 2, waiting: 98 })
    let inside = 0
    let most = 0
    const fast = async () => {
      most = Math.max(most, ++inside)
      await new Promise(setImmediate)
      inside--
      return 1
    }
    const { reported, options } = laboratory<number>({ when })
    const experiment = science('e', options)
    const runs = Array.from({ length: 5000 }, () => experiment({ use: () => 1, try: { fast } }))
    expect((await Promise.all(runs)).every((answer) => answer === 1)).toBe(true)
    await when.idle()
    expect(most).toBe(2)
    const judged = reported.filter(({ branch }) => branch === 'control')
    const skipped = judged.reduce((sum, { props }) => sum + Number(props.skipped ?? 0), 0)
    expect([judged.length, skipped]).toEqual([100, 4900])
  })
})

test('where nobody counts CPU time, it is left out', async () => {
  const counts = vi.spyOn(process, 'cpuUsage').mockImplementation(fail(Error('not implemented')))
  const { reported, options } = laboratory<number>()
  expect(await science('e', options, { use: () => 1, try: { fast: () => 1 } })).toBe(1)
  counts.mockRestore()
  expect(reported.map(({ props }) => 'cpuMs' in props)).toEqual([false, false])
})

test('a comparison that never settles is a mismatch, and the caller of `later` does not wait for it', async () => {
  const when = later()
  const { reported, told, options } = laboratory<number>({ when, timeout: 20, compare: never })
  expect(await science('e', options, { use: () => 1, try: { fast: () => 1 } })).toBe(1)
  expect(told).toEqual([])
  await when.idle()
  expect(reported[1]!.props).toMatchObject({ matched: false })
  expect(told).toEqual(['compare: took longer than 20 ms'])
})

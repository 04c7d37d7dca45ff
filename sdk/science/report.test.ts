import { describe, expect, test } from 'vitest'
import { science } from './science.js'
import { fail, firstControl, laboratory, sleep } from './testkit/laboratory.js'

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

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Mismatch } from '../result.js'
import { MismatchError, memoryQueue, queued, type ScienceQueue, science, workQueue } from '../science.js'
import { laboratory } from '../testkit/laboratory.js'
import { byteLength } from './json.js'
import type { QueuedExperiment } from './judge-job.js'
import type { Job } from './queue.js'
import { trim } from './trim.js'
import type { WorkOptions } from './work.js'

/** Of a machine that has other things to do. */
const PATIENCE = { timeout: 20_000, interval: 5 }

const broken = () => {
  throw Error('broken')
}

/** A process with candidates, which ends with the test. */
function works(queue: ScienceQueue, experiment: QueuedExperiment, options: WorkOptions = {}) {
  const { reported, told, options: given } = laboratory()
  const worker = workQueue(queue, { prices: experiment }, { ...given, poll: 2, backoff: 2, ...options } as WorkOptions)
  onTestFinished(worker.close)
  return { reported, told }
}

describe('given a control and a candidate of another process', () => {
  test.each<[string, () => unknown, QueuedExperiment, Record<string, unknown>]>([
    [
      'the same',
      () => ({ total: 6 }),
      { try: { fast: ({ items }) => ({ total: items.length * 3 }) } },
      { matched: true },
    ],
    ['another', () => 1, { try: { fast: () => 2 } }, { matched: false, outcome: 'ok' }],
    ['nothing', () => undefined, { try: { fast: () => undefined } }, { matched: true }],
    ['what JSON has otherwise', () => new Date(0), { try: { fast: () => new Date(0) } }, { matched: true }],
    ['as good', () => 'A', { try: { fast: () => 'a' }, compare: (a, b) => a.toLowerCase() === b }, { matched: true }],
    ['cleaned', () => [2, 1], { try: { fast: () => [1, 2] }, clean: (list) => list.toSorted() }, { matched: false }],
    ['known', () => 1, { try: { fast: () => 2 }, ignore: () => true }, { matched: false, ignored: true }],
    ['both throw', broken, { try: { fast: broken } }, { matched: true, outcome: 'error', error: 'Error' }],
    [
      'too late',
      () => 1,
      { try: { fast: () => new Promise(() => {}) }, timeout: 5 },
      { outcome: 'timeout', matched: false },
    ],
    ['no JSON', () => 1, { try: { fast: () => 1n } }, { matched: false, outcome: 'ok' }],
  ])('%s', async (_, use, experiment, props) => {
    const queue = memoryQueue()
    const when = queued(queue)
    const caller = laboratory({ when })
    await science('prices', caller.options, { use, user: 'ann', input: { items: [1, 2] } }).catch(() => {})
    const { reported } = works(queue, experiment)
    await vi.waitFor(() => expect(reported).toHaveLength(2), PATIENCE)
    expect(reported.map(({ user }) => user)).toEqual(['prices/control/ann', 'prices/fast/ann'])
    expect(reported[1]!.props).toMatchObject(props)
    expect([caller.reported, caller.told, queue.size]).toEqual([[], [], 0])
  })
})

describe('the side of the control', () => {
  test('the caller is answered at once, and nothing but what was cleaned leaves', async () => {
    const pushed: string[] = []
    const queue: ScienceQueue = { ...memoryQueue(), push: async (job) => pushed.push(job) > 0 }
    const when = queued(queue)
    const answer = await science(
      'prices',
      { when, clean: ({ total }) => total, context: { page: 1 } },
      {
        use: () => ({ total: 5, secret: 's' }),
        input: { id: 7 },
      },
    )
    expect(answer).toEqual({ total: 5, secret: 's' })
    await when.idle()
    expect(JSON.parse(pushed[0]!)).toMatchObject({
      experiment: 'prices',
      input: { id: 7 },
      context: { page: 1 },
      control: { outcome: 'ok', value: 5 },
    })
    expect(pushed[0]).not.toContain('secret')
  })

  test.each<[string, ScienceQueue, unknown, string[]]>([
    ['full', memoryQueue({ most: 0 }), 1, []],
    ['away', { ...memoryQueue(), push: async () => broken() }, 1, ['queue: broken']],
    ['broken', { ...memoryQueue(), push: broken }, 1, ['queue: broken']],
    ['given too much', memoryQueue(), 'é'.repeat(600), ['queue: expected at most 1000 bytes of JSON']],
    ['given what JSON has not', memoryQueue(), 1n, [expect.stringMatching(/^queue: .*BigInt/)]],
  ])('a queue that is %s: the run is skipped, and the caller answered', async (_, queue, value, errors) => {
    let skips = 0
    const when = queued(queue, { bytes: 1000 })
    const { told, options } = laboratory({ when, onSkip: () => skips++ })
    expect(await science('prices', options, { use: () => value, input: null })).toBe(value)
    await when.idle()
    expect([skips, told]).toEqual([1, errors])
  })

  test('raiseOnMismatch does not wait for another process', async () => {
    const run = science<number>('prices', { when: queued(memoryQueue()), raiseOnMismatch: true }, { use: () => 1 })
    await expect(run).resolves.not.toBeInstanceOf(MismatchError)
  })
})

describe('retries', () => {
  const push = (queue: ScienceQueue, job: Partial<Job> = {}) => {
    const control = { name: 'control', outcome: 'ok', value: 1, durationMs: 5 }
    return queue.push(JSON.stringify({ experiment: 'prices', id: 'r', context: {}, control, ...job }))
  }
  const counting = (failures: number) => {
    const seen = { calls: 0, fast: () => (++seen.calls <= failures ? broken() : 1) }
    return seen
  }

  test.each([
    ['fails once', 1, 2, { matched: true, outcome: 'ok', attempts: 2 }],
    ['fails always', Infinity, 3, { matched: false, outcome: 'error', attempts: 3 }],
    ['does not fail', 0, 1, { matched: true, outcome: 'ok', attempts: 1 }],
  ])('a candidate that %s', async (_, failures, calls, { attempts, ...props }) => {
    const queue = memoryQueue()
    await push(queue)
    const candidate = counting(failures)
    const { reported } = works(queue, { try: { fast: candidate.fast } }, { retries: 2 })
    await vi.waitFor(() => expect(reported).toHaveLength(2), PATIENCE)
    expect(candidate.calls).toBe(calls)
    expect([reported[0]!.props.attempts, reported[1]!.props]).toMatchObject([attempts, props])
    expect(queue.size).toBe(0)
  })

  test('each one waits twice as long as the one before', async () => {
    const delays: number[] = []
    const memory = memoryQueue()
    const back: ScienceQueue['back'] = async (id, delay) => {
      delays.push(delay)
      await memory.back(id, 0)
    }
    await push(memory)
    const { reported } = works({ ...memory, back }, { try: { fast: broken } }, { backoff: 100, retries: 3 })
    await vi.waitFor(() => expect(reported).toHaveLength(2), PATIENCE)
    expect(delays).toEqual([100, 200, 400])
  })

  test.each<[string, (queue: ScienceQueue) => Promise<unknown>, RegExp]>([
    ['of an experiment nobody knows', (queue) => push(queue, { experiment: 'gone' }), /no experiment 'gone' here/],
    ['that is no JSON', (queue) => queue.push('{'), /JSON/],
  ])('a job %s is given up, and told', async (_, add, problem) => {
    const queue = memoryQueue()
    await add(queue)
    const { told } = works(queue, { try: { fast: () => 1 } }, { retries: 1 })
    await vi.waitFor(() => expect(queue.size).toBe(0), PATIENCE)
    expect(told).toEqual([
      expect.stringMatching(problem),
      expect.stringMatching(problem),
      'queue: gave up a run after 2 attempts',
    ])
  })

  test('who goes away with a job leaves it to others once the lease is over, so many times', async () => {
    let now = 0
    const queue = memoryQueue({ now: () => now })
    await push(queue)
    expect(await queue.take(50)).toMatchObject({ attempt: 1 })
    expect(await queue.take(50)).toBeUndefined()
    now = 50
    expect(await queue.take(50)).toMatchObject({ attempt: 2 })
    now = 100
    const candidate = counting(0)
    const { told } = works(queue, { try: { fast: candidate.fast } }, { retries: 1 })
    await vi.waitFor(() => expect(queue.size).toBe(0), PATIENCE)
    expect([candidate.calls, told]).toEqual([0, ['queue: gave up a run after 2 attempts']])
  })

  test('a job that others ended meanwhile is not reported again', async () => {
    const queue = memoryQueue()
    await push(queue)
    const { reported } = works({ ...queue, done: async (id) => !(await queue.done(id)) }, { try: { fast: () => 1 } })
    await vi.waitFor(() => expect(queue.size).toBe(0), PATIENCE)
    expect(reported).toEqual([])
  })

  test('a queue that fails is told of, and looked at again', async () => {
    const queue = memoryQueue()
    await push(queue)
    let looks = 0
    const take: ScienceQueue['take'] = async (lease) => (++looks < 3 ? broken() : queue.take(lease))
    const { reported, told } = works({ ...queue, take }, { try: { fast: () => 1 } })
    await vi.waitFor(() => expect(reported).toHaveLength(2), PATIENCE)
    expect(told).toEqual(['queue: broken', 'queue: broken'])
  })
})

describe('mismatches that are kept', () => {
  const mismatch = (value: unknown): Mismatch => ({
    experiment: 'prices',
    id: 'r',
    user: 'ann',
    context: { page: 1 },
    control: { name: 'control', outcome: 'ok', value, durationMs: 1 },
    candidate: {
      name: 'fast',
      outcome: 'error',
      error: { name: 'Error', message: 'm', stack: 's'.repeat(3000) },
      durationMs: 1,
    },
  })

  test('the latest of an experiment, so many of them, and the app hears of each', async () => {
    const queue = memoryQueue()
    const heard: unknown[] = []
    const when = queued(queue)
    for (const value of [1, 2, 3]) await science('prices', { when }, { use: () => value, input: 0 })
    await when.idle()
    works(queue, { try: { fast: () => 0 }, onMismatch: ({ control }) => heard.push(control.value) }, { most: 2 })
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]), PATIENCE)
    expect(queue.kept('prices').map((text) => JSON.parse(text).control.value)).toEqual([3, 2])
  })

  test.each([
    ['short', 'v', 8000, undefined],
    ['long', 'v'.repeat(9000), 4000, true],
    ['long by its bytes', '€'.repeat(3000), 8000, true],
    ['deep', { list: Array.from({ length: 5000 }, (_, i) => i) }, 1024, true],
  ])('%s: JSON that fits, with the beginning of what was cut', (_, value, bytes, trimmed) => {
    const text = trim(mismatch(value), bytes)
    expect(byteLength(text)).toBeLessThanOrEqual(bytes)
    const kept = JSON.parse(text)
    expect(kept).toMatchObject({ experiment: 'prices', user: 'ann', candidate: { name: 'fast', outcome: 'error' } })
    expect(kept.trimmed).toBe(trimmed)
    const whole = typeof value === 'string' ? value : JSON.stringify(value)
    expect(whole.startsWith(kept.control.value.replace('…', ''))).toBe(true)
    expect(kept.control.value.length).toBeGreaterThan(Math.min(whole.length, 50) - 1)
  })
})

test('several jobs at once, and closing waits for those under way', async () => {
  const queue = memoryQueue()
  const when = queued(queue)
  for (let i = 0; i < 4; i++) await science('prices', { when }, { use: () => 1, input: 0 })
  await when.idle()
  let inside = 0
  let most = 0
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const fast = async () => {
    most = Math.max(most, ++inside)
    await opened
    inside--
    return 1
  }
  const worker = workQueue(queue, { prices: { try: { fast } } }, { atOnce: 3 })
  await vi.waitFor(() => expect(inside).toBe(3), PATIENCE)
  const closed = worker.close()
  open()
  await closed
  expect([inside, most]).toEqual([0, 3])
})

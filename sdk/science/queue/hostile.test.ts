import { expect, onTestFinished, test, vi } from 'vitest'
import { memoryQueue, queued, type ScienceQueue, science, workQueue } from '../science.js'
import { fail, laboratory, never } from '../testkit/laboratory.js'
import type { QueuedExperiment } from './judge-job.js'
import type { WorkOptions } from './work.js'

const PATIENCE = { timeout: 20_000, interval: 5 }
const broken = fail(Error('broken'))

async function push(queue: ScienceQueue, value: unknown, input: unknown = 0) {
  const when = queued(queue)
  await science('prices', { when }, { use: () => value, input })
  await when.idle()
}

function works(queue: ScienceQueue, experiment: QueuedExperiment, options: WorkOptions = {}) {
  const { reported, told, options: given } = laboratory()
  const worker = workQueue(queue, { prices: experiment }, { ...given, poll: 2, backoff: 2, ...options } as WorkOptions)
  onTestFinished(worker.close)
  return { reported, told, worker }
}

test('a queue that never answers: runs are skipped, and those that come once it does are not', async () => {
  const real = memoryQueue()
  let hangs = true
  let skips = 0
  const when = queued({ ...real, push: (job) => (hangs ? never() : real.push(job)) })
  const { told, options } = laboratory<number>({ when, timeout: 20, onSkip: () => skips++ })
  const experiment = science('prices', options)
  const trial = { use: () => 1, input: 0 }
  expect(await Promise.all(Array.from({ length: 10 }, () => experiment(trial)))).toEqual(Array(10).fill(1))
  await when.idle()
  expect([skips, new Set(told)]).toEqual([10, new Set(['queue: took longer than 20 ms'])])
  hangs = false
  await experiment(trial)
  await when.idle()
  expect(real.size).toBe(1)
})

test.each<[string, (real: ScienceQueue) => Partial<ScienceQueue>]>([
  ['done', () => ({ done: never })],
  ['back', () => ({ back: never })],
  ['keep', () => ({ keep: never })],
])('a queue whose `%s` never answers holds up no worker', async (_, change) => {
  const real = memoryQueue()
  await push(real, 1)
  let runs = 0
  const queue = { ...real, ...change(real) }
  const { told, worker } = works(queue, { try: { fast: () => (runs++ ? 2 : broken()) } }, { timeout: 20 })
  await vi.waitFor(() => expect(told).toContainEqual('queue: took longer than 20 ms'), PATIENCE)
  await worker.close()
})

test('a queue that waits long for a job loses none', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const real = memoryQueue()
  const waiting: (() => void)[] = []
  const take: ScienceQueue['take'] = async (lease) => {
    await new Promise<void>((resolve) => void waiting.push(resolve))
    return real.take(lease)
  }
  const { reported, told } = works({ ...real, take }, { try: { fast: () => 1 } }, { timeout: 5 })
  await vi.advanceTimersByTimeAsync(60_000)
  await push(real, 1)
  expect([waiting.length, told]).toEqual([1, []])
  waiting[0]!()
  await vi.waitFor(() => expect([reported.length, real.size]).toEqual([2, 0]), PATIENCE)
})

test('a worker that is closed waits for no job, and puts back one that comes', async () => {
  const real = memoryQueue()
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  const take: ScienceQueue['take'] = (lease) => given.then(() => real.take(lease))
  const back = vi.fn(real.back)
  const { told, worker } = works({ ...real, take, back }, { try: { fast: () => 1 } })
  await push(real, 1)
  await worker.close()
  give()
  await vi.waitFor(() => expect(back.mock.calls).toEqual([['0', 0]]), PATIENCE)
  expect([told, await real.take(1)]).toMatchObject([[], { id: '0' }])
})

test('a job that is delivered twice at once is reported once', async () => {
  const real = memoryQueue()
  await push(real, 1)
  const queue: ScienceQueue = { ...real, take: () => real.take(0) }
  let open!: (value: number) => void
  const opened = new Promise<number>((resolve) => {
    open = resolve
  })
  let inside = 0
  const fast = () => {
    if (++inside === 2) open(1)
    return opened
  }
  const { reported, told } = works(queue, { try: { fast } }, { atOnce: 2 })
  await vi.waitFor(() => expect([reported.length, real.size]).toEqual([2, 0]), PATIENCE)
  expect([inside, told]).toEqual([2, []])
})

test('what the control’s side cannot clean is not put on the queue', async () => {
  const queue = memoryQueue()
  const when = queued(queue)
  let skips = 0
  const { told, options } = laboratory<unknown>({ when, clean: broken, onSkip: () => skips++ })
  await science('prices', options, { use: () => 1, input: 0 })
  await when.idle()
  expect([queue.size, skips, told]).toEqual([0, 1, ['clean: broken']])
})

test.each<[string, QueuedExperiment, RegExp]>([
  ['clean throws', { try: { fast: () => 1 }, clean: broken }, /^clean: broken/],
  ['a value has no JSON', { try: { fast: () => 1n } }, /^clean: .*BigInt/],
])(
  'what the candidate’s side cannot clean matches nothing, not even a control without a value: %s',
  async (_, experiment, why) => {
    const queue = memoryQueue()
    await push(queue, undefined)
    const { reported, told } = works(queue, experiment)
    await vi.waitFor(() => expect(reported).toHaveLength(2), PATIENCE)
    expect(reported[1]!.props).toMatchObject({ matched: false, outcome: 'ok' })
    expect(told).toEqual([expect.stringMatching(why)])
  },
)

test('what is thrown without being an error is compared and kept as JSON has it', async () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const queue = memoryQueue()
  const when = queued(queue)
  await science('prices', { when }, { use: fail(new Date(0)), input: 0 }).catch(() => {})
  await when.idle()
  const { reported, told } = works(queue, { try: { same: fail(new Date(0)), odd: fail(cycle) } })
  await vi.waitFor(() => expect(reported).toHaveLength(3), PATIENCE)
  expect(Object.fromEntries(reported.slice(1).map(({ branch, props }) => [branch, props.matched]))).toEqual({
    same: true,
    odd: false,
  })
  expect(queue.kept('prices').map((text) => JSON.parse(text).candidate)).toEqual([
    expect.objectContaining({ name: 'odd', outcome: 'error' }),
  ])
  expect(told).toEqual([expect.stringMatching(/^clean: .*circular/)])
})

test('what is huge is never spelled out to find that it is', async () => {
  let spelled = 0
  const item = { toJSON: () => ++spelled }
  const { told, options } = laboratory<unknown>({ when: queued(memoryQueue(), { bytes: 1000 }) })
  await science('prices', options, { use: () => Array(1e6).fill(item), input: 0 })
  expect(told).toEqual(['queue: expected at most 1000 bytes of JSON'])
  expect(spelled).toBeLessThan(1100)
})

test('fields that JSON leaves out do not count', async () => {
  const queue = memoryQueue()
  const when = queued(queue, { bytes: 1000 })
  const empty = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field${i}`, undefined]))
  await science<unknown>('prices', { when }, { use: () => empty, input: 0 })
  await when.idle()
  expect(queue.size).toBe(1)
})

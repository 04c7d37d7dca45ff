import { expect, test } from 'vitest'
import { type Clock, Receiver } from './receiver.js'
import type { Answer } from './webhook.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const again = (after?: number): Answer => ({ verdict: 'again', why: 'It answered 503.', after })
const taken: Answer = { verdict: 'taken', why: '' }
const refused: Answer = { verdict: 'refused', why: 'It answered 404.' }
const gone: Answer = { verdict: 'gone', why: 'It answered 410.' }
const message = (id: string) => ({ id, body: '{}' })

/** A receiver that answers so, one after the other, and its clock, which sleeping sets forward. */
function receiver(answers: Answer[], random = 1) {
  const errors: string[] = []
  const sent: string[] = []
  const slept: number[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      now += milliseconds
    },
    random: () => random,
  }
  const one = new Receiver({
    url: 'https://hooks.example/t0ken?key=t0ken',
    send: async (_url, { id }) => {
      sent.push(id)
      return answers.shift() ?? taken
    },
    clock,
    signal: new AbortController().signal,
    onError: (error) => errors.push((error as Error).message),
  })
  return { one, errors, sent, slept }
}

const GIVEN_UP = 'The webhook a to hooks.example is given up: '
const HOUR = [5 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]
test.each<[string, Answer[], number[], string[]]>([
  ['taken at once', [taken], [], []],
  ['taken at the third attempt', [again(), again(), taken], HOUR.slice(0, 2), []],
  ['never taken', Array(9).fill(again()), HOUR, [`${GIVEN_UP}It answered 503.`]],
  ['refused', [refused], [], [`${GIVEN_UP}It answered 404.`]],
  ['refused at the second attempt', [again(), refused], HOUR.slice(0, 1), [`${GIVEN_UP}It answered 404.`]],
  ['gone', [gone], [], [`${GIVEN_UP}It answered 410.`]],
  ['asked to wait', [again(20 * SECOND), taken], [20 * SECOND], []],
  ['asked to wait less than it would', [again(SECOND), taken], [5 * SECOND], []],
  ['asked to wait a day', [again(1440 * MINUTE), taken], [30 * MINUTE], []],
  [
    'asked to wait again and again, for an hour',
    Array(9).fill(again(25 * MINUTE)),
    [25 * MINUTE, 25 * MINUTE],
    [`${GIVEN_UP}It answered 503.`],
  ],
])('%s', async (_, answers, pauses, told) => {
  const { one, errors, slept } = receiver([...answers])
  await one.deliver(message('a'))
  expect([slept, errors]).toEqual([pauses, told])
})

test('pauses are up to a quarter shorter, by chance', async () => {
  const { one, slept } = receiver([again(), again()], 0)
  await one.deliver(message('a'))
  expect(slept).toEqual([3750, 45_000])
})

test('one that is gone hears nothing more until it is welcome again', async () => {
  const { one, errors, sent } = receiver([gone])
  await Promise.all([one.deliver(message('a')), one.deliver(message('b'))])
  await one.deliver(message('c'))
  expect([sent, errors.length]).toEqual([['a'], 2])
  one.welcome()
  await one.deliver(message('d'))
  expect(sent).toEqual(['a', 'd'])
})

test('a message that has to wait does not hold up the next', async () => {
  let wake = () => {}
  const answers = [again(), taken, taken]
  const sent: string[] = []
  const one = new Receiver({
    url: 'https://hooks.example/',
    send: async (_url, { id }) => {
      sent.push(id)
      return answers.shift()!
    },
    clock: { now: () => 0, random: () => 1, sleep: () => new Promise((resolve) => (wake = resolve)) },
    signal: new AbortController().signal,
    onError: () => {},
  })
  const first = one.deliver(message('a'))
  await one.deliver(message('b'))
  wake()
  await first
  expect(sent).toEqual(['a', 'b', 'a'])
})

test('one that hangs gets one request at a time, and of a flood so much as may wait', async () => {
  const errors: string[] = []
  const answers: ((answer: Answer) => void)[] = []
  const one = new Receiver({
    url: 'https://hooks.example/',
    send: () => new Promise((resolve) => answers.push(resolve)),
    clock: { now: () => 0, random: () => 1, sleep: async () => {} },
    signal: new AbortController().signal,
    onError: (error) => errors.push((error as Error).message),
  })
  const all = Array.from({ length: 101 }, (_, i) => one.deliver(message(`m${i}`)))
  await all[100]
  expect([answers.length, errors]).toEqual([
    1,
    ['The webhook m100 to hooks.example is given up: 100 others wait for it.'],
  ])
  answers[0]!(taken)
  await all[0]
  await expect.poll(() => answers.length).toBe(2)
})

test('what was taken waits no more', async () => {
  const { one, errors, sent } = receiver([])
  for (let i = 0; i < 101; i++) await one.deliver(message(`m${i}`))
  expect([sent.length, errors]).toEqual([101, []])
})

test('who stops at the last attempt gives up nothing', async () => {
  const stop = new AbortController()
  const errors: unknown[] = []
  let attempts = 0
  const one = new Receiver({
    url: 'https://hooks.example/',
    send: async () => {
      attempts += 1
      if (attempts === 6) stop.abort()
      return again()
    },
    clock: { now: () => 0, random: () => 1, sleep: async () => {} },
    signal: stop.signal,
    onError: (error) => errors.push(error),
  })
  await expect(one.deliver(message('a'))).rejects.toThrow('aborted')
  expect([attempts, errors]).toEqual([6, []])
})

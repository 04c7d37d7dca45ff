import { endsOf, type Log, type LogRecord } from '@assay/core/log/log'
import { expect, test } from 'vitest'
import { TrafficStream } from './stream.js'

/** A log of these records, each `[received, user]`, whose reads give at most three. */
function logOf(partitions: (readonly [received: number, user: string, event?: string])[][]): Log {
  const records = partitions.map((own, p) =>
    own.map(([received, user, event = '$request'], offset): LogRecord => {
      const line = { id: `${p}-${user}`, app: 'shop', user, event, value: 1, tests: { t: 'new' }, props: {}, received }
      const bytes = Buffer.from(JSON.stringify(line))
      return { offset, app: 'shop', id: line.id, received, bytes, start: 0, end: bytes.length }
    }),
  )
  return {
    partitions: () => records.length,
    bounds: async (_: string, p: number) => ({ start: 0, end: records[p]!.length }),
    read: async (_: string, p: number, from: number) => records[p]!.slice(from, from + 3),
  } as unknown as Log
}

async function read(log: Log, from = 0): Promise<string[]> {
  const stream = await TrafficStream.from(log, from, () => true)
  const users: string[] = []
  const ends = await endsOf(log)
  for (let i = 0; i < 100; i++) {
    await stream.advance(({ user }) => users.push(user))
    // One more, in which each partition is at its end and holds nobody up.
    if (stream.hasReached(ends)) return stream.advance(({ user }) => users.push(user)).then(() => users)
  }
  throw new Error('Expected the log to end; it does not.')
}

test('partitions are merged in the order in which events were taken in', async () => {
  const log = logOf([
    [1, 4, 5, 8, 9].map((at) => [at, `a${at}`] as const),
    [2, 3, 6, 7].map((at) => [at, `b${at}`] as const),
  ])
  expect(await read(log)).toEqual(['a1', 'b2', 'b3', 'a4', 'a5', 'b6', 'b7', 'a8', 'a9'])
})

test('one that has little holds nobody up, and one that is empty neither', async () => {
  const log = logOf([[[1, 'a']], Array.from({ length: 10 }, (_, i) => [i + 2, `b${i}`] as const), []])
  expect(await read(log)).toHaveLength(11)
})

test('clocks that disagree lose nothing', async () => {
  const skewed = [100, 99, 7000, 3, 101, 50, 7001, 102].map((at, i) => [at, `a${i}`] as const)
  expect((await read(logOf([skewed]))).sort()).toEqual(skewed.map(([, user]) => user).sort())
  expect(
    await read(
      logOf([
        skewed,
        [
          [60, 'b0'],
          [7002, 'b1'],
        ],
      ]),
    ),
  ).toHaveLength(10)
})

test('begins where it is told to, and hands over traffic alone', async () => {
  const log = logOf([
    [
      [1, 'a'],
      [2, 'b'],
      [3, 'c', 'view'],
      [4, 'd'],
      [5, 'e', '$sent'],
    ],
  ])
  expect(await read(log, 2)).toEqual(['b', 'd', 'e'])
})

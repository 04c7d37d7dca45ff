import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testDefinition } from '../definition/test.js'
import { AssayError } from '../errors.js'
import { openLmdbLog } from '../log/lmdb.js'
import type { Log } from '../log/log.js'
import { ControlFollower } from './follower.js'
import type { ControlRecord } from './record.js'

function openLog(): Log {
  const path = mkdtempSync(join(tmpdir(), 'assay-control-'))
  const log = openLmdbLog(path)
  onTestFinished(async () => {
    await log.close()
    rmSync(path, { recursive: true, force: true })
  })
  return log
}

async function follow(log: Log, errors: unknown[] = []): Promise<ControlFollower> {
  const follower = await ControlFollower.start(log, (error) => errors.push(error))
  onTestFinished(() => follower.close())
  return follower
}

const definition = testDefinition.parse({ branches: [{ name: 'a', weight: 1 }], control: 'a', metrics: [] })
let ids = 0
const define = (expects: number): ControlRecord => {
  const common = { id: `r${ids++}`, at: 1, by: 'admin', app: 'shop', testId: 't', expects }
  return { what: 'define', definition, ...common }
}
const append = (log: Log, value: string) =>
  log.append('assay.control', [{ app: 'shop', user: 't', id: `r${ids++}`, received: 1, value }])
const codes = (settled: readonly PromiseSettledResult<{ version: number }>[]) =>
  settled.map((s) => (s.status === 'fulfilled' ? s.value.version : (s.reason as AssayError).code))

test('a change is answered once it is folded, and others see it', async () => {
  const log = openLog()
  const [one, other] = [await follow(log), await follow(log)]
  expect(await one.write(define(0))).toMatchObject({ version: 1, stage: 'draft' })
  expect(one.definitions.test('shop', 't')?.version).toBe(1)
  expect((await other.current('shop', 't'))?.version).toBe(1)
})

test('of many who change the same version one wins, in every process alike', async () => {
  const log = openLog()
  const followers = [await follow(log), await follow(log)]
  const writers = Array.from({ length: 10 }, (_, i) => followers[i % 2]!)
  const outcomes = codes(await Promise.allSettled(writers.map((writer) => writer.write(define(0)))))
  expect(outcomes.filter((o) => o === 1)).toHaveLength(1)
  expect(outcomes.filter((o) => o === 'version-mismatch')).toHaveLength(9)
  const [one, other] = await Promise.all(followers.map((f) => f.current('shop', 't')))
  expect(one).toEqual(other)
})

test('whoever comes later folds the same', async () => {
  const log = openLog()
  const one = await follow(log)
  for (const expects of [0, 1, 2]) await one.write(define(expects))
  const later = await follow(log)
  expect(later.definitions.test('shop', 't')).toEqual(one.definitions.test('shop', 't'))
})

test('what is not understood is told of, and passed over', async () => {
  const log = openLog()
  const errors: unknown[] = []
  for (const value of ['no JSON', '{}', JSON.stringify({ ...define(0), what: 'pause' })]) await append(log, value)
  const follower = await follow(log, errors)
  expect(errors.map(String)).toEqual([0, 1, 2].map((at) => expect.stringContaining(`the record at ${at} is not`)))
  expect(await follower.write(define(0))).toMatchObject({ version: 1 })
})

test('a log that cannot be read for a while is read again', async () => {
  const log = openLog()
  let fails = 2
  const errors: unknown[] = []
  const read: Log['read'] = async (...wanted) => {
    if (fails-- > 0) throw new Error('away')
    return log.read(...wanted)
  }
  const follower = await follow({ ...log, read }, errors)
  expect(await follower.write(define(0))).toMatchObject({ version: 1 })
  expect(errors.map(String)).toEqual(['Error: away', 'Error: away'])
})

test('a log that does not take it leaves all as it was', async () => {
  const log = openLog()
  const append = () => Promise.reject(new AssayError('log-unavailable', 'full'))
  const follower = await follow({ ...log, append })
  await expect(follower.write(define(0))).rejects.toMatchObject({ code: 'log-unavailable' })
  expect(await follower.current('shop', 't')).toBeUndefined()
})

test('a log that says nothing is unavailable', async () => {
  const bounds = () => Promise.reject(new Error('gone'))
  const log = { ...openLog(), bounds }
  await expect(ControlFollower.start(log, () => {})).rejects.toMatchObject({ code: 'log-unavailable' })
})

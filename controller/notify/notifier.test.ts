import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlRecord, TOPIC } from '@assay/core/control/record'
import { testDefinition } from '@assay/core/definition/test'
import { openLmdbLog } from '@assay/core/log/lmdb'
import type { Log, Membership } from '@assay/core/log/log'
import { expect, onTestFinished, test } from 'vitest'
import { Notifier, type NotifierOptions } from './notifier.js'
import { listen, type Received } from './testkit/listen.js'
import { type Send, sendWebhook } from './webhook.js'

const AT = Date.parse('2026-11-22T05:00:00Z')
const secret = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`
const send: Send = (url, message, signal) => sendWebhook(url, message, { secret, allowPrivate: true, now: AT, signal })

function openLog(): Log {
  const path = mkdtempSync(join(tmpdir(), 'assay-notify-'))
  const log = openLmdbLog(path)
  onTestFinished(async () => {
    await log.close()
    rmSync(path, { recursive: true, force: true })
  })
  return log
}

async function append(log: Log, ...records: object[]): Promise<void> {
  const common = { at: AT, by: 'admin', app: 'shop', testId: 'checkout' }
  const entries = records.map((record) => controlRecord.parse({ ...common, ...record }))
  await log.append(
    TOPIC,
    entries.map((one) => ({ app: 'shop', user: 'checkout', id: one.id, received: AT, value: JSON.stringify(one) })),
  )
}

const define = (expects: number, notify: string[]) => ({
  ...{ what: 'define', id: `define-${expects}`, expects },
  definition: testDefinition.parse({
    branches: ['master', 'new'].map((name) => ({ name, weight: 1 })),
    control: 'master',
    metrics: [],
    rollout: { steps: [{ weight: 0.01 }, { weight: 0.5 }], notify },
  }),
})
const step = (expects: number, action: string, more: object = {}) => ({
  ...{ what: 'rollout', id: `${action}-${expects}`, expects, action },
  ...more,
})

const joined = (log: Log): Promise<Membership> => log.join('assay-controller', TOPIC, () => {})

async function start(log: Log, more: Partial<NotifierOptions> = {}) {
  const errors: string[] = []
  const member = await joined(log)
  const commits: number[] = []
  const membership: NotifierOptions['membership'] = {
    committed: member.committed,
    commit(partition, commit) {
      commits.push(commit.offset)
      return member.commit(partition, commit)
    },
  }
  const notifier = await Notifier.start({
    ...{ log, membership, send, onError: (error: unknown) => errors.push(String(error)) },
    ...more,
  })
  onTestFinished(() => notifier.close())
  const committed = async () => (await member.committed(0))?.offset
  return { notifier, errors, commits, committed }
}

const ids = (received: Received[]) => received.map(({ headers }) => headers['webhook-id'])

test('each accepted step is told with its test as it is behind it, and then committed', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const { committed, errors } = await start(log)
  const reasons = [{ reason: 'harm', guardrail: 'errors', lnE: 7.5, needed: 6.9 }]
  await append(log, define(0, [url]), step(1, 'begin', { release: 'v2' }), step(2, 'suspend', { reasons, why: 'Why.' }))
  await expect.poll(committed).toBe(3)
  expect(received.map(({ body }) => JSON.parse(body))).toEqual([
    {
      type: 'rollout.begun',
      timestamp: '2026-11-22T05:00:00.000Z',
      data: {
        ...{ app: 'shop', testId: 'checkout', action: 'begin', stage: 'rolling', step: 0, weight: 0.01, attempt: 1 },
        ...{ release: 'v2', by: 'admin', dry: false, reasons: [], version: 2 },
      },
    },
    {
      type: 'rollout.suspended',
      timestamp: '2026-11-22T05:00:00.000Z',
      data: {
        ...{ app: 'shop', testId: 'checkout', action: 'suspend', stage: 'suspended', step: 0, weight: 0, attempt: 1 },
        ...{ release: 'v2', by: 'admin', why: 'Why.', dry: false, reasons, version: 3 },
      },
    },
  ])
  expect([ids(received), errors]).toEqual([['begin-1', 'suspend-2'], []])
})

test('a record that changed nothing is not told', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const { committed } = await start(log)
  await append(
    log,
    define(0, [url]),
    step(1, 'promote'),
    step(1, 'begin', { epoch: 7 }),
    step(0, 'begin'),
    step(1, 'begin'),
    step(1, 'rollback'),
  )
  await expect.poll(committed).toBe(6)
  expect(ids(received)).toEqual(['begin-1'])
})

test('what was only told is told as such', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const { committed } = await start(log)
  await append(log, define(0, [url]), step(1, 'begin'), step(2, 'rollback', { dry: true }))
  await expect.poll(committed).toBe(3)
  const { type, data } = JSON.parse(received[1]!.body)
  expect([type, data.dry, data.stage]).toEqual(['rollout.rolled_back', true, 'rolling'])
})

test('each step is told to the addresses of its time', async () => {
  const log = openLog()
  const [before, behind] = await Promise.all([0, 1].map(() => listen((_, response) => response.end())))
  const { committed } = await start(log)
  await append(log, define(0, [before!.url]), step(1, 'begin'), define(2, [behind!.url]), step(3, 'pause'))
  await expect.poll(committed).toBe(4)
  // Weights by hand have paused it by then.
  expect([ids(before!.received), ids(behind!.received)]).toEqual([['begin-1'], []])
  await append(log, step(3, 'resume'))
  await expect.poll(() => ids(behind!.received)).toEqual(['resume-3'])
})

test('who has committed nothing begins at the log’s end, and later goes on from there', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  await append(log, define(0, [url]), step(1, 'begin'))
  const { notifier, committed } = await start(log)
  expect(await committed()).toBe(2)
  await notifier.close()
  await append(log, step(2, 'pause'))
  await start(log)
  await expect.poll(() => ids(received)).toEqual(['pause-2'])
})

test('who has committed more than the log holds begins at its end', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  await append(log, define(0, [url]), step(1, 'begin'))
  await (await joined(log)).commit(0, { offset: 50, metadata: '' })
  const { committed } = await start(log)
  await append(log, step(2, 'pause'))
  await expect.poll(committed).toBe(3)
  expect(ids(received)).toEqual(['pause-2'])
})

test('a step that was sent and not committed is told again, with the same id', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const real = await joined(log)
  await real.commit(0, { offset: 0, metadata: '' })
  const refusing = { committed: real.committed, commit: () => Promise.reject(new Error('It crashed.')) }
  const first = await start(log, { membership: refusing })
  await append(log, define(0, [url]), step(1, 'begin'))
  await expect.poll(() => ids(received)).toEqual(['begin-1'])
  await first.notifier.close()
  expect(await first.committed()).toBe(0)
  const { committed } = await start(log)
  await expect.poll(committed).toBe(2)
  expect(ids(received)).toEqual(['begin-1', 'begin-1'])
  expect(received[0]!.body).toBe(received[1]!.body)
})

test('an address that hangs holds up neither others nor other tests, only the commit', async () => {
  const log = openLog()
  const hanging: ServerResponse[] = []
  const slow = await listen((_, response) => void hanging.push(response))
  const quick = await listen((_, response) => response.end())
  const { committed, commits } = await start(log)
  await append(log, define(0, [slow.url, quick.url]), step(1, 'begin'), step(2, 'pause'))
  await append(
    log,
    { ...define(0, [quick.url]), testId: 'search', id: 'define-search' },
    { ...step(1, 'begin'), testId: 'search', id: 'begin-search' },
  )
  await expect.poll(() => ids(quick.received)).toEqual(['begin-1', 'pause-2', 'begin-search'])
  await expect.poll(committed).toBe(1)
  expect(hanging).toHaveLength(1)
  hanging[0]!.end()
  await expect.poll(() => hanging.length).toBe(2)
  await expect.poll(committed).toBe(2)
  hanging[1]!.end()
  await expect.poll(committed).toBe(5)
  expect(commits).toEqual([0, 1, 2, 5])
})

test('who closes gives up nothing', async () => {
  const log = openLog()
  const hanging = await listen(() => {})
  const { notifier, committed, errors } = await start(log)
  await append(log, define(0, [hanging.url]), step(1, 'begin'))
  await expect.poll(() => ids(hanging.received)).toEqual(['begin-1'])
  await notifier.close()
  expect([await committed(), errors]).toEqual([1, []])
  await start(log)
  await expect.poll(() => ids(hanging.received)).toEqual(['begin-1', 'begin-1'])
})

test('who closes waits for what is under way', async () => {
  const log = openLog()
  const ended = { sends: 0 }
  const slow: Send = (_url, _message, signal) =>
    new Promise((resolve) => {
      started()
      signal.onabort = () =>
        setImmediate(() => {
          ended.sends += 1
          resolve({ verdict: 'again', why: 'It was stopped.' })
        })
    })
  let started = () => {}
  const hasStarted = new Promise<void>((resolve) => (started = resolve))
  const { notifier, committed } = await start(log, { send: slow })
  await append(log, define(0, ['https://hooks.example/']), step(1, 'begin'))
  await hasStarted
  // Nothing else is under way then.
  await expect.poll(committed).toBe(1)
  await notifier.close()
  expect(ended.sends).toBe(1)
})

test('an address that is gone is left alone until a definition names it again', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.writeHead(410).end())
  const { committed, errors } = await start(log)
  await append(log, define(0, [url]), step(1, 'begin'))
  await expect.poll(committed).toBe(2)
  await append(log, step(2, 'suspend'))
  await expect.poll(committed).toBe(3)
  const again = define(3, [url])
  await append(log, { ...again, definition: { ...again.definition, owner: 'ann' } }, step(4, 'rollback'))
  await expect.poll(committed).toBe(5)
  expect(ids(received)).toEqual(['begin-1', 'rollback-4'])
  expect(errors[0]).toMatch(/^Error: The webhook begin-1 to 127\.0\.0\.1:\d+ is given up: It answered 410\.$/)
})

test('without a secret nothing is sent, which is told once', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const { committed, errors } = await start(log, { send: null })
  await append(log, define(0, [url]), step(1, 'begin'), step(2, 'pause'))
  await expect.poll(committed).toBe(3)
  expect(received).toEqual([])
  expect(errors).toEqual([expect.stringMatching('nothing is sent without ASSAY_WEBHOOK_SECRET')])
})

test('a log or a group that fails for a moment is asked again', async () => {
  const log = openLog()
  const { url, received } = await listen((_, response) => response.end())
  const real = await joined(log)
  await real.commit(0, { offset: 0, metadata: '' })
  let failures = 0
  const once = <A extends unknown[], R>(real: (...args: A) => Promise<R>) => {
    let hasFailed = false
    return (...args: A): Promise<R> => {
      if (hasFailed) return real(...args)
      hasFailed = true
      return Promise.reject(new Error(`Failure ${++failures}.`))
    }
  }
  const flaky = { ...log, read: once(log.read) }
  await append(log, define(0, [url]), step(1, 'begin'))
  const membership = { committed: real.committed, commit: once(real.commit) }
  const { committed, errors } = await start(flaky, { membership })
  await expect.poll(committed).toBe(2)
  expect([ids(received), errors]).toEqual([['begin-1'], ['Error: Failure 1.', 'Error: Failure 2.']])
})

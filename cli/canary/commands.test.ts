import type { Canary } from '@assay/query-api/canary/reply'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { exit } from '../failure.js'
import { canaryWith, definedWith, rollout } from '../testkit/canary.js'
import { type Asked, fakeTests } from '../testkit/fake-tests.js'
import { capturePrinted } from '../testkit/printed.js'
import { canaryCommands } from './commands.js'

const printed = capturePrinted()

type Answer = Parameters<typeof fakeTests>[0]
const changed = { app: 'shop', testId: 'checkout', version: 4, stage: 'running', rollout: rollout() }
const usual: Answer = (_, what) => {
  if (what.startsWith('POST')) return { body: changed }
  return { body: what.includes('/canary') ? canaryWith() : definedWith() }
}

async function run(args: string, answer = usual) {
  const { url, key, asked } = await fakeTests(answer)
  const program = new Command().exitOverride()
  canaryCommands(program)
  const words = ['canary', ...args.split(' '), '--url', url, '--key', key]
  const error = await program.parseAsync(words, { from: 'user' }).then(
    () => undefined,
    (e) => e as Error,
  )
  return { asked, error, code: process.exitCode }
}

const T = '/v1/apps/shop/tests/checkout'
const step = (body: object): Asked[] => [{ what: `POST ${T}/rollout`, body }]

test.each<[string, Asked[]]>([
  ['start shop checkout --release 1.4.2 --why x', step({ action: 'begin', release: '1.4.2', why: 'x' })],
  ['start shop checkout', step({ action: 'begin' })],
  ['promote shop checkout', step({ action: 'promote' })],
  ['pause shop checkout --why x', step({ action: 'pause', why: 'x' })],
  ['resume shop checkout', step({ action: 'resume' })],
  ['suspend shop checkout', step({ action: 'suspend' })],
  ['rollback shop checkout', step({ action: 'rollback' })],
  ['rollback shop a/b', [{ what: 'POST /v1/apps/shop/tests/a%2Fb/rollout', body: { action: 'rollback' } }]],
  ['status shop', [{ what: 'GET /v1/apps/shop/canary' }, { what: `GET ${T}/definition` }]],
  ['status shop checkout', [{ what: 'GET /v1/apps/shop/canary?test=checkout' }, { what: `GET ${T}/definition` }]],
])('assay canary %s', async (args, expected) => {
  const { asked, error } = await run(args)
  expect({ asked, error }).toEqual({ asked: expected, error: undefined })
  expect(printed.out).toContain('shop / checkout   rolling at 5%')
})

test.each(['status shop', 'start shop checkout'])('assay canary %s --json prints what was answered', async (args) => {
  await run(`${args} --json`)
  expect(JSON.parse(printed.out)).toEqual(
    JSON.parse(JSON.stringify(args.startsWith('status') ? canaryWith() : changed)),
  )
})

test('a test that is not there is no canary', async () => {
  const none = canaryWith({ testId: 'nope', stage: null, reasons: [{ reason: 'no-such-test' }] })
  for (const command of ['status', 'wait']) {
    const { error } = await run(`${command} shop nope`, () => ({ body: none }))
    expect(error).toMatchObject({ message: 'Expected a test of shop that is defined; nope came.', code: exit.failed })
  }
})

describe('assay canary wait', () => {
  /** Answers with these, one after the other, and then with the last again and again. */
  const story =
    (...canaries: Partial<Canary>[]): Answer =>
    (request) => ({ body: canaryWith({ mark: `m${request}`, ...canaries[Math.min(request, canaries.length - 1)] }) })
  const healthy: Partial<Canary> = { verdict: 'healthy', decision: 'promote', reasons: [] }
  const done: Partial<Canary> = { ...healthy, stage: 'done', weight: 1 }
  const back: Partial<Canary> = {
    ...{ stage: 'rolled-back', verdict: 'unhealthy', reasons: [{ reason: 'harmful', guardrail: 'errors' }] },
    last: { action: 'rollback', at: '2026-11-22T03:10:00.000Z', by: 'controller' },
  }

  test('tells each change, and ends with 0 once everybody has it', async () => {
    const { asked, code } = await run('wait shop', story({}, healthy, { ...healthy, weight: 0.5 }, done))
    expect(code).toBe(exit.ok)
    expect(asked.map(({ what }) => what.slice('GET /v1/apps/shop/canary?'.length))).toEqual([
      '',
      ...['m0', 'm1', 'm2'].map((mark) => `test=checkout&wait=25&seen=${mark}`),
    ])
    expect(printed.out.replaceAll(/^\d\d:\d\d:\d\d {2}/gm, '').split('\n')).toEqual([
      'rolling at 5%, undecided: the step has not lasted long enough',
      'rolling at 5%, healthy',
      'rolling at 50%, healthy',
      'done',
      '',
    ])
  })

  test.each<[string, Partial<Canary>[], number, string]>([
    ['', [{}, back], exit.rolledBack, 'rolled back by controller: errors: worse than the control'],
    ['', [{ stage: 'ended', reasons: [] }], exit.rolledBack, 'ended'],
    ['--until healthy', [{}, healthy], exit.ok, 'healthy'],
    ['--until healthy', [done], exit.ok, 'done'],
    ['--until healthy', [back], exit.rolledBack, 'rolled back'],
    ['', [{ stage: 'suspended', verdict: 'unhealthy' }, {}, done], exit.ok, 'suspended by controller'],
    ['', [{ ...done, verdict: 'unhealthy', decision: 'rollback' }, back], exit.rolledBack, 'done'],
    ['--timeout 1s', [{ mark: 'same', health: 'unknown' }], exit.undecided, 'rolling at 5%, not known'],
  ])('%s of %j ends with %i', async (options, canaries, code, words) => {
    const { error, ...ended } = await run(`wait shop checkout ${options}`.trim(), story(...canaries))
    expect([error, ended.code]).toEqual([undefined, code])
    expect(printed.out).toContain(words)
    expect(printed.out.match(/\n/g)).toHaveLength(canaries.length)
  })

  test('--json tells each change as a line of JSON', async () => {
    await run('wait shop --json', story({}, done))
    const lines = printed.out.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).stage)).toEqual(['rolling', 'done'])
  })

  test('goes on when the server was away for a while, and fails where it never was there', async () => {
    const closing = { title: 'The server is stopping', code: 'shutting-down', detail: 'Expected.', advice: 'Again.' }
    const answer = story({}, {}, done)
    const restarts: Answer = (request, what) => (request === 1 ? { status: 503, body: closing } : answer(request, what))
    expect(await run('wait shop', restarts)).toMatchObject({ code: exit.ok })
    expect(printed.err).toBe('The server is stopping. Expected. Asking again.\n')
    const { error } = await run('wait shop', () => ({ status: 503, body: closing }))
    expect(error).toMatchObject({ reason: 'shutting-down' })
  })

  test('fails at once where nothing was begun', async () => {
    const none = { stage: null, reasons: [{ reason: 'no-rollout' }] }
    const { error } = await run('wait shop checkout', story(none))
    expect(error).toMatchObject({ code: exit.failed, advice: 'Begin one with: assay canary start APP TEST' })
  })
})

import { describe, expect, test } from 'vitest'
import { canaryWith, definedWith, guardrail, rollout } from '../testkit/canary.js'
import { statusScreen } from './status-screen.js'

const NOW = Date.parse('2026-11-22T03:12:00Z')
const lines = (...asked: Parameters<typeof statusScreen> extends [infer C, infer T, number] ? [C, T] : never) => {
  const all = statusScreen(...asked, NOW).split('\n')
  expect(Math.max(...all.map((line) => line.length))).toBeLessThanOrEqual(80)
  return all
}

test('a canary that rolls, with what is known of each guardrail', () => {
  const found = { canary: { total: 8412, bad: 91 }, control: { total: 1_234_567, bad: 12_345 } }
  const guardrails = [
    guardrail(),
    guardrail({ name: 'latency p99', state: 'open', ...found, safety: { lnE: 2.999, needed: 3 } }),
    guardrail({ name: 'hung', severity: 'warning', state: 'no-data', canary: { total: 0, bad: 0 } }),
    guardrail({ name: 'buyers', state: 'suspect', canary: null, control: null, suspicion: null }),
    guardrail({
      name: 'refunds of orders',
      state: 'harmful',
      harm: { lnE: 7, needed: 5 },
      safety: { lnE: null, needed: 3 },
    }),
  ]
  const reasons = [{ reason: 'baking' }, { reason: 'not-shown', guardrail: 'latency p99', ...found }]
  expect(lines(canaryWith({ guardrails, reasons }), definedWith())).toMatchInlineSnapshot(`
    [
      "shop / checkout   rolling at 5%   release 1.4.2",
      "██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  5% have new",
      "✓ 1%  ● 5%  ○ 50%  ○ everybody",
      "",
      "Verdict: undecided: more has to be seen",
      "· the step has not lasted long enough",
      "· latency p99: not shown yet to be no worse (91 of 8,412 bad, control 12,345",
      "  of 1,234,567 bad)",
      "",
      "  guardrail                canary bad           control bad  go on  susp.   back",
      "✓ errors          0.24%      20/8,412   0.22%      351/160K   100%     1%     0%",
      "· latency p99     1.08%      91/8,412   1.00%  12,345/1.23M    99%     1%     0%",
      "? hung (warn)         –           0/0   0.22%      351/160K   100%     1%     0%",
      "! buyers              –                     –                 100%      –     0%",
      "✗ refunds of or…  0.24%      20/8,412   0.22%      351/160K      –     1%   100%",
      "Evidence there is, of what going on, suspending and rolling back need.",
      "",
      "  seen        1,423 users, 8,412 requests of the canary at this weight",
      "  callers     1% of requests failed by the caller’s fault, 0.99% in the control",
      "  as of       2 s ago, 2026-11-22 03:11:58 UTC",
      "  weight      5% for 8 min, since 2026-11-22 03:04:00 UTC",
      "  last step   promoted to 5% by controller, 8 min ago, 2026-11-22 03:04:00 UTC",
      "              errors: no worse than the control",
    ]
  `)
})

test('one that was rolled back says why, by whom, and what to do', () => {
  const last = {
    ...({ action: 'rollback', at: '2026-11-22T03:10:00.000Z', by: 'controller' } as const),
    reasons: [
      {
        ...{ reason: 'harmful', guardrail: 'errors', lnE: 8, needed: 5 },
        ...{ canary: { total: 412, bad: 30 }, control: { total: 8100, bad: 9 } },
      },
    ],
  }
  const state = rollout({ stage: 'rolled-back', weight: 0, attempt: 2, suspensions: 1, since: last.at, last })
  const canary = canaryWith({
    ...{ verdict: 'unhealthy', decision: 'rollback', health: 'unknown', stage: 'rolled-back', weight: 0, attempt: 2 },
    ...{ users: null, requests: null, guardrails: [], reasons: last.reasons, asOf: null },
  })
  expect(lines(canary, definedWith(state))).toMatchInlineSnapshot(`
    [
      "shop / checkout   rolled back   release 1.4.2   attempt 2",
      "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  nobody has new",
      "✓ 1%  ● 5%  ○ 50%  ○ everybody",
      "",
      "Verdict: unhealthy: rolled back, nobody has it",
      "· errors: worse than the control (30 of 412 bad, control 9 of 8,100 bad)",
      "",
      "  callers     1% of requests failed by the caller’s fault, 0.99% in the control",
      "  weight      0% for 2 min, since 2026-11-22 03:10:00 UTC",
      "  last step   rolled back by controller, 2 min ago, 2026-11-22 03:10:00 UTC",
      "  suspended   once in this attempt",
      "",
      "Next: assay canary start shop checkout",
    ]
  `)
})

test('one that is through, by a policy of many steps that is only told', () => {
  const steps = Array.from({ length: 20 }, (_, i) => ({ weight: (i + 1) / 25, bake: 300 }))
  const state = rollout({ stage: 'done', step: 20, weight: 1 })
  const canary = canaryWith({
    verdict: 'healthy',
    decision: 'promote',
    stage: 'done',
    step: 20,
    weight: 1,
    reasons: [],
  })
  expect(lines(canary, definedWith(state, { steps, dryRun: true }))).toMatchInlineSnapshot(`
    [
      "shop / checkout   done   release 1.4.2   dry run",
      "████████████████████████████████████████  everybody has new",
      "step 21 of 21",
      "",
      "Verdict: healthy: everybody has it",
      "",
      "  guardrail                canary bad           control bad  go on  susp.   back",
      "✓ errors          0.24%      20/8,412   0.22%      351/160K   100%     1%     0%",
      "Evidence there is, of what going on, suspending and rolling back need.",
      "",
      "  seen        1,423 users, 8,412 requests of the canary at this weight",
      "  callers     1% of requests failed by the caller’s fault, 0.99% in the control",
      "  as of       2 s ago, 2026-11-22 03:11:58 UTC",
      "  weight      100% for 8 min, since 2026-11-22 03:04:00 UTC",
      "  last step   promoted to everybody by controller, 8 min ago, 2026-11-22",
      "              03:04:00 UTC",
      "              errors: no worse than the control",
    ]
  `)
})

test('where there is none, it says how to begin one', () => {
  const none = { stage: null, testId: null, reasons: [{ reason: 'no-rollout' }] }
  expect(lines(canaryWith(none), null)).toEqual([
    'shop   no rollout',
    '· no test of the app has begun a rollout',
    '',
    'Next: assay canary start shop TEST',
  ])
})

describe('what the verdict means', () => {
  test.each<[Partial<Parameters<typeof canaryWith>[0]>, string]>([
    [{}, 'undecided: more has to be seen'],
    [{ health: 'degraded' }, 'undecided, and it does not look well'],
    [{ health: 'unknown', reasons: [{ reason: 'stale' }] }, 'not known'],
    [{ verdict: 'healthy' }, 'healthy'],
    [{ verdict: 'healthy', decision: 'promote' }, 'healthy: it may go on'],
    [{ verdict: 'unhealthy', decision: 'suspend' }, 'unhealthy: it asks for a suspension'],
    [{ verdict: 'unhealthy', decision: 'rollback' }, 'unhealthy: it asks for a rollback'],
    [{ verdict: 'unhealthy', stage: 'suspended' }, 'unhealthy: suspended, nobody has it for now'],
    [{ stage: 'ended' }, 'none: the test has ended'],
  ])('%j', (changes, words) => {
    expect(lines(canaryWith(changes), definedWith())).toContain(`Verdict: ${words}`)
  })
})

test('what people wrote cannot steer the terminal', () => {
  const last = { ...rollout().last, why: 'all\u001b[31m well' }
  const screen = statusScreen(canaryWith({ release: '1\u001b[2J' }), definedWith(rollout({ last })), NOW)
  expect(screen).not.toContain('\u001b')
})

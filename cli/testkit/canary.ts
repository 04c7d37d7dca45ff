import type { Canary } from '@assay/query-api/canary/reply'
import type { Defined } from '@assay/query-api/schemas'

/** Answers about a canary, to be changed where a test is about something else. */

type Guardrail = Canary['guardrails'][number]

export const guardrail = (changes: Partial<Guardrail> = {}): Guardrail => ({
  ...{ name: 'errors', severity: 'critical', state: 'safe' },
  ...{ canary: { total: 8412, bad: 20 }, control: { total: 159_828, bad: 351 } },
  ...{ suspicion: { lnE: 0.1, needed: 6.9 }, harm: { lnE: -2, needed: 5.3 }, safety: { lnE: 3.2, needed: 3 } },
  ...changes,
})

export const canaryWith = (changes: Partial<Canary> = {}): Canary => ({
  ...{ app: 'shop', testId: 'checkout', verdict: 'insufficient', decision: 'hold', health: 'healthy' },
  ...{ stage: 'rolling', weight: 0.05, step: 1, steps: 3, phase: 3, attempt: 1, release: '1.4.2' },
  ...{
    users: 1423,
    requests: 8412,
    userErrors: { canary: { total: 8412, bad: 84 }, control: { total: 159_828, bad: 1590 } },
  },
  ...{ guardrails: [guardrail()], reasons: [{ reason: 'baking' }] },
  last: { action: 'promote', at: '2026-11-22T03:04:00.000Z', by: 'controller' },
  ...{ asOf: '2026-11-22T03:11:58.000Z', staleAfter: 10_000, mark: 'm1' },
  ...changes,
})

export const rollout = (changes: Partial<NonNullable<Defined['rollout']>> = {}): NonNullable<Defined['rollout']> => ({
  ...{ stage: 'rolling', step: 1, weight: 0.05, attempt: 1, release: '1.4.2', suspensions: 0 },
  ...{ began: '2026-11-22T02:59:00.000Z', since: '2026-11-22T03:04:00.000Z' },
  last: {
    ...{ action: 'promote', at: '2026-11-22T03:04:00.000Z', by: 'controller' },
    reasons: [{ reason: 'safe', guardrail: 'errors' }],
  },
  ...changes,
})

const policy: Defined['definition']['rollout'] = {
  steps: [0.01, 0.05, 0.5].map((weight) => ({ weight, bake: 300 })),
  guardrails: [{ kind: 'errors', severity: 'critical', weight: 1, margin: 0.5, floor: 0.001 }],
  ...{ minimum: { users: 0, requests: 100 }, alpha: 0.01, suspendAlpha: 0.001, beta: 0.05 },
  ...{ resumeAfter: 60, suspensions: 3, missing: { after: 60, act: 'suspend' }, notify: [] },
}

export const definedWith = (state = rollout(), changes: Partial<NonNullable<typeof policy>> = {}): Defined => ({
  ...{ app: 'shop', testId: 'checkout', version: 3, stage: 'running', phase: 3, rollout: state },
  definition: {
    branches: [
      { name: 'master', weight: 0.95 },
      { name: 'new', weight: 0.05 },
    ],
    ...{ control: 'master', metrics: [], guardrails: [], rollout: { ...policy, ...changes } },
    decision: { method: 'any-time', alpha: 0.05, plannedUsers: 5000 },
  },
})

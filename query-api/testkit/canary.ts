import type { CanaryHealth } from '@assay/core/control/health'
import type { RolloutAction } from '@assay/core/control/record'
import type { Canary } from '../canary/reply.js'
import type { RolloutChanged } from '../schemas.js'
import { ndjson } from './rows.js'
import { type Harness, keys, startQueryApi } from './server.js'

/** Three steps of a rollout of app `shop`; every test of a file has one of its own. */
export const policy = { steps: [{ weight: 0.01 }, { weight: 0.05 }, { weight: 0.5 }] }
const definition = {
  branches: [
    { name: 'master', weight: 1 },
    { name: 'new', weight: 1 },
  ],
  control: 'master',
  metrics: [],
}

const safe = { lnE: 4, needed: 3 }
export const errors: CanaryHealth['guardrails'][number] = {
  ...{ name: 'errors', severity: 'critical', state: 'safe' },
  ...{ canary: { total: 412, bad: 1 }, control: { total: 41_000, bad: 120 } },
  ...{ suspicion: { lnE: 0, needed: 7 }, harm: { lnE: 0, needed: 5 }, safety: safe },
}

/** What a controller tells of a canary at its first step, of whose guardrail nothing is shown. */
export const told: CanaryHealth = {
  ...{ stage: 'rolling', decision: 'hold', health: 'healthy', weight: 0.01, step: 0, steps: 3, attempt: 1 },
  ...{
    users: 40,
    requests: 412,
    userErrors: { canary: { total: 412, bad: 84 }, control: { total: 159_828, bad: 1590 } },
  },
  ...{ guardrails: [{ ...errors, state: 'open' }], reasons: [{ reason: 'baking' }] },
}

let lines = 0
let records = 0

export interface Canaries extends Harness {
  /** Unix milliseconds, which stand still. */
  now: number
  /** A test of its own with a rollout that has taken these steps, one a millisecond. */
  rollout(...actions: RolloutAction[]): Promise<string>
  step(
    test: string,
    body: object,
    match?: string,
  ): Promise<{ status: number; body: RolloutChanged & { code?: string }; etag: unknown }>
  define(test: string, body?: object, match?: string): Promise<number>
  /** Writes what a controller tells, as it does, so many milliseconds ago. */
  tell(test: string, health: Partial<CanaryHealth> | string, ago?: number): Promise<void>
  canary(query?: string): Promise<Canary>
}

/** A query API whose canaries are told of as a controller would. */
export async function startCanaries(): Promise<Canaries> {
  const at = { now: Date.parse('2026-06-15T12:00:00Z') }
  const api = await startQueryApi(() => at.now)
  const send = async (method: 'PUT' | 'POST', url: string, payload: object, match?: string) => {
    const headers = { authorization: `Bearer ${keys.admin}`, ...(match !== undefined && { 'if-match': match }) }
    const reply = await api.server.inject({ method, url: `/v1/apps/shop/tests/${url}`, headers, payload })
    return { status: reply.statusCode, body: reply.json(), etag: reply.headers.etag }
  }
  const canaries: Canaries = Object.assign(at, api, {
    step: (test: string, body: object, match?: string) => send('POST', `${test}/rollout`, body, match),
    define: async (test: string, body: object = {}, match?: string) =>
      (await send('PUT', test, { ...definition, rollout: policy, ...body }, match)).status,
    async rollout(...actions: RolloutAction[]) {
      const test = `t${records++}`
      await canaries.define(test)
      for (const action of actions) {
        at.now++
        await canaries.step(test, { action })
      }
      return test
    },
    async tell(test: string, health: Partial<CanaryHealth> | string, ago = 0) {
      const text = typeof health === 'string' ? health : JSON.stringify({ ...told, ...health })
      const row = { app: 'shop', test, told: at.now - ago, health: text }
      await api.store.write.insertLines('canaries', [ndjson([row])], `told/${lines++}`)
    },
    canary: async (query = '') => (await api.get(`/v1/apps/shop/canary${query}`)).json(),
  })
  return canaries
}

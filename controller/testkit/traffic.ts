import type { Observed } from '../observed.js'

/** One branch's requests in a second. */
export interface Served {
  requests: number
  errors?: number
  userErrors?: number
  abandoned?: number
  /** Milliseconds of the n-th request. */
  latency?: (n: number) => number
  /** Counted by the gate as sent; as many as there are requests if not given. */
  sent?: number
}

let users = 0

/** A second of one test's traffic: each request is another user's, unless `population` says how many there are. */
export function* second(
  at: number,
  traffic: { canary?: Served; control?: Served },
  population = Infinity,
): Generator<Observed> {
  for (const [branch, served] of [
    ['new', traffic.canary],
    ['master', traffic.control],
  ] as const) {
    if (served === undefined) continue
    const { requests, errors = 0, userErrors = 0, abandoned = 0, latency = () => 20, sent = requests } = served
    const common = { app: 'shop', received: at, tests: { t: `${branch}@2` } }
    yield { ...common, user: 'gate', kind: 'sent', value: sent, outcome: 'ok' }
    for (let n = 0; n < requests; n++) {
      const outcome =
        n < errors
          ? 'error'
          : n < errors + userErrors
            ? 'user_error'
            : n < errors + userErrors + abandoned
              ? 'abandoned'
              : 'ok'
      const user = `${branch}-${users++ % population}`
      yield { ...common, user, kind: 'request', value: latency(n), outcome }
    }
  }
}

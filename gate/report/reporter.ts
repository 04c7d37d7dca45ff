import { setTimeout } from 'node:timers/promises'
import { type BareClient, createBareClient } from '@assay/sdk'
import { Recent } from './recent.js'

export type Outcome = 'ok' | 'error' | 'user_error' | 'abandoned'

/** Who counts in a test, and in which branch: `branch@version`, or the branch alone. */
export interface Counted {
  user: string
  testId: string
  label: string
}

export interface ReporterOptions {
  url: string
  /** A write key. */
  key: string
  app: string
  /** The user of what a gate says of itself. */
  instance: string
  /** Hears of events that were given up. */
  onDrop?: (count: number) => void
}

/** Events that wait while the server is away; the oldest go. */
const QUEUE = 20_000
/** Milliseconds for which events wait for others: what goes wrong shall be known soon. */
const LINGER = 250
/** Milliseconds for which a user's exposure is not said again. */
const SESSION = 1_800_000
/** Exposures remembered. */
const REMEMBERED = 100_000
/** Milliseconds between two tellings of what was sent. */
const SECOND = 1000
/** Milliseconds for what waits to be sent at the end. */
const PATIENCE = 2000

/** What a gate says of an app, by the SDK's client: in memory until it is sent, and never in a request's way. */
export class Reporter {
  private readonly client: BareClient
  private readonly said = new Recent(REMEMBERED, SESSION)
  /** By test, then by branch, requests since the last telling. */
  private readonly requests = new Map<string, Map<string, number>>()
  private readonly timer: NodeJS.Timeout

  constructor({ url, key, app, instance, onDrop }: ReporterOptions) {
    const sending = { queue: QUEUE, batch: { events: 500, wait: LINGER }, onDrop: (count: number) => onDrop?.(count) }
    this.client = createBareClient({ url, key, app, user: instance, config: { tests: {} }, ...sending })
    this.timer = setInterval(() => this.tellSent(), SECOND).unref()
  }

  /** The user has seen the branch: said once in half an hour. */
  exposed({ user, testId, label }: Counted): void {
    if (this.said.isNew(JSON.stringify([user, testId, label])))
      this.client.visitor({ user }).report('$exposure', undefined, { [testId]: label })
  }

  /** A request to a branch of the test goes on its way; what was sent and is not answered shows. */
  sent({ testId, label }: Counted): void {
    const branches = this.requests.get(testId) ?? new Map<string, number>()
    this.requests.set(testId, branches.set(label, (branches.get(label) ?? 0) + 1))
  }

  /** A request of a user came to its end after so many milliseconds. */
  ended(user: string, counted: Counted | undefined, outcome: Outcome, milliseconds: number): void {
    const tests = counted && { [counted.testId]: counted.label }
    this.client.visitor({ user }).report('$request', Math.round(milliseconds * 1000) / 1000, tests, { outcome })
  }

  /** Sends what waits, once; a server that hangs is not waited for. */
  async close(): Promise<unknown> {
    clearInterval(this.timer)
    this.tellSent()
    return Promise.race([this.client.close(), setTimeout(PATIENCE, undefined, { ref: false })])
  }

  private tellSent(): void {
    for (const [testId, branches] of this.requests)
      for (const [label, count] of branches) this.client.report('$sent', count, { [testId]: label })
    this.requests.clear()
  }
}

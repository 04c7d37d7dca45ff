import type { Log, LogRecord, Membership } from '@assay/core/log/log'

export interface Population {
  events: number
  users: number
  /** Tests of the app, and how many of them a user is in. */
  tests: number
  each: number
  partitions: number
}

const EVENTS = ['$exposure', 'view', 'view', 'view', 'search', 'view', 'cart', 'purchase']
const START = Date.UTC(2026, 0, 15)
/** Events of the log in a second of the time they tell. */
const PER_SECOND = 2000

/**
 * A log that holds nothing and makes its records when they are read: a hundred million of them need no disk. Each record
 * is a function of its offset, so that reading it again gives the same.
 */
export class GeneratedLog implements Log {
  readonly #p: Population

  constructor(population: Population) {
    this.#p = population
  }

  partitions(): number {
    return this.#p.partitions
  }

  async bounds(): Promise<{ start: number; end: number }> {
    return { start: 0, end: Math.floor(this.#p.events / this.#p.partitions) }
  }

  async read(_: string, partition: number, from: number, limit: { records: number }): Promise<LogRecord[]> {
    const { end } = await this.bounds()
    const count = Math.max(0, Math.min(limit.records, end - from))
    const made = Array.from({ length: count }, (_, i) => this.#record(partition, from + i))
    const bytes = Buffer.from(made.map((r) => r.line).join(''), 'latin1')
    let at = 0
    return made.map(({ offset, id, received, line }) => {
      const start = at
      at += line.length
      return { offset, app: 'shop', id, received, bytes, start, end: at }
    })
  }

  async wait(_: string, __: number, offset: number, signal: AbortSignal): Promise<void> {
    if (offset < (await this.bounds()).end) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }

  async join(_: string, __: string, assigned: (partitions: readonly number[]) => void): Promise<Membership> {
    assigned(Array.from({ length: this.#p.partitions }, (_, p) => p))
    return { committed: async () => null, commit: async () => {}, leave: async () => {} }
  }

  async append(): Promise<void> {
    throw new Error('nothing of this log should be refused')
  }

  async close(): Promise<void> {}

  #record(partition: number, offset: number) {
    const { users, tests, each, partitions } = this.#p
    const n = offset * partitions + partition
    // A step that shares no factor with the number of users goes through all of them, in no visible order.
    const user = (n * 7_368_787) % users
    const event = EVENTS[Math.floor(n / users + user) % EVENTS.length]
    const received = START + Math.floor((n * 1000) / PER_SECOND)
    const id = `e-${String(n).padStart(19, '0')}`
    const named = Array.from({ length: each }, (_, i) => `"test-${(user + i) % tests}":"${branchOf(user + i)}"`)
    const line =
      `{"id":"${id}","app":"shop","user":"user-${user}","event":"${event}","value":${1 + (n % 97)},"time":${received},` +
      `"tests":{${named.join(',')}},"props":{"page":"/checkout"},"received":${received}}`
    return { offset, id, received, line }
  }
}

const branchOf = (n: number) => (((n * 2_654_435_761) >>> 16) % 2 === 0 ? 'master' : 'one-page')

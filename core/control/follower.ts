import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '../errors.js'
import type { Log, LogRecord } from '../log/log.js'
import { Definitions, type Leader, type Outcome } from './definitions.js'
import type { MetricState } from './metric-state.js'
import { type ControlRecord, parseRecord, TOPIC } from './record.js'
import type { TestState } from './test-state.js'

const PORTION = { records: 1000, bytes: 1024 * 1024 }
/** Milliseconds before a read that failed is tried again. */
const RETRY = 500
/** Milliseconds that the log may take to show more of what it holds. */
const PATIENCE = 10_000

/** Keeps definitions as the log has them, and writes changes to it. */
export class ControlFollower {
  readonly definitions = new Definitions()
  readonly #log: Log
  readonly #onError: (error: unknown) => void
  readonly #stop = new AbortController()
  readonly #progress = new EventEmitter().setMaxListeners(0)
  /** By id, what became of records that are being written here; null until they are folded. */
  readonly #own = new Map<string, TestState | MetricState | Leader | AssayError | null>()
  readonly #following: Promise<void>
  #at = 0

  /** Resolves once all that the log holds now is folded. @throws AssayError `log-unavailable`, `not-ready` */
  static async start(log: Log, onError: (error: unknown) => void): Promise<ControlFollower> {
    const follower = new ControlFollower(log, onError)
    try {
      await follower.#caughtUp()
    } catch (error) {
      await follower.close()
      throw error
    }
    return follower
  }

  private constructor(log: Log, onError: (error: unknown) => void) {
    this.#log = log
    this.#onError = onError
    this.#following = this.#follow()
  }

  /** A test as it is now, whoever changed it last. @throws AssayError `log-unavailable`, `not-ready` */
  async current(app: string, testId: string): Promise<TestState | undefined> {
    return (await this.latest()).test(app, testId)
  }

  /** All definitions as they are now. @throws AssayError `log-unavailable`, `not-ready` */
  async latest(): Promise<Definitions> {
    await this.#caughtUp()
    return this.definitions
  }

  /**
   * Resolves with the state that the record made, once the log has it and it is folded here.
   * @throws AssayError why it changes nothing; `log-unavailable`; `not-ready` where it is logged but not folded yet
   */
  async write<R extends ControlRecord>(record: R): Promise<Outcome<R>> {
    const { id, at } = record
    const [app, user] = subjectOf(record)
    const expected = this.definitions.judge(record)
    if (expected instanceof AssayError) throw expected
    this.#own.set(id, null)
    try {
      await this.#log.append(TOPIC, [{ app, user, id, received: at, value: JSON.stringify(record) }])
      await this.#until(() => this.#own.get(id) !== null)
      const outcome = this.#own.get(id)!
      if (outcome instanceof AssayError) throw outcome
      return outcome as Outcome<R>
    } finally {
      this.#own.delete(id)
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#following
  }

  async #caughtUp(): Promise<void> {
    const { end } = await this.#log.bounds(TOPIC, 0).catch((cause) => {
      throw new AssayError('log-unavailable', 'The log does not say how far it reaches.', { cause })
    })
    await this.#until(() => this.#at >= end)
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE)])
      await once(this.#progress, 'folded', { signal }).catch((cause) => {
        throw new AssayError('not-ready', 'Expected the log to be read up to its end; it is not yet.', { cause })
      })
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#log.wait(TOPIC, 0, this.#at, signal)
        if (signal.aborted) return
        for (const record of await this.#log.read(TOPIC, 0, this.#at, PORTION)) this.#fold(record)
        this.#progress.emit('folded')
      } catch (error) {
        this.#onError(error)
        await sleep(RETRY, undefined, { signal }).catch(() => {})
      }
    }
  }

  #fold(logged: LogRecord): void {
    this.#at = logged.offset + 1
    const record = parseRecord(logged)
    if (record === null) {
      // Of a newer version, which this one cannot know: what it does know stays as it is.
      this.#onError(new Error(`${TOPIC}: the record at ${logged.offset} is not understood.`))
      return
    }
    const outcome = this.definitions.apply(record)
    if (this.#own.get(record.id) === null) this.#own.set(record.id, outcome)
  }
}

/** What a record is about: its app and the name there. That of a leader is about no app. */
function subjectOf(record: ControlRecord): [string, string] {
  if (record.what === 'lead') return ['', record.by]
  return [record.app, record.what === 'metric' ? record.metric.name : record.testId]
}

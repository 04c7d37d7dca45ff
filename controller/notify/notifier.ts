import { setTimeout as sleep } from 'node:timers/promises'
import { Definitions } from '@assay/core/control/definitions'
import { type ControlRecord, parseRecord, type RolloutRecord, TOPIC } from '@assay/core/control/record'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import type { Log, LogRecord, Membership } from '@assay/core/log/log'
import { messageOf } from './message.js'
import { type Clock, Receiver, realClock } from './receiver.js'
import type { Message, Send } from './webhook.js'

const PORTION = { records: 1000, bytes: 1024 * 1024 }
/** Milliseconds before a read that failed is tried again. */
const RETRY = 500

export interface NotifierOptions {
  log: Log
  /** Of a group that has the one partition of `assay.control`; others may have taken it over, and then tell on. */
  membership: Pick<Membership, 'committed' | 'commit'>
  /** Null where nothing can be sent: steps are then passed over. */
  send: Send | null
  /** Told of messages that are given up, and of reads and commits that failed. */
  onError: (error: unknown) => void
  clock?: Clock
}

/**
 * Tells each step of a rollout to the addresses of the policy then in force, at least once: the group commits a record
 * only when it and all before it are told or given up. A group that has committed nothing begins at the log's end.
 */
export class Notifier {
  readonly #o: NotifierOptions
  readonly #definitions = new Definitions()
  readonly #receivers = new Map<string, Receiver>()
  readonly #stop = new AbortController()
  readonly #deliveries = new Set<Promise<void>>()
  /** By offset in the log's order, how many receivers of a step are neither told nor given up. */
  readonly #open = new Map<number, number>()
  readonly #following: Promise<void>
  #committing: Promise<void> = Promise.resolve()
  /** The first offset that is told of, */
  readonly #from: number
  /** that will be read next, */
  #at = 0
  /** and that is not committed. */
  #committed: number
  #hasWarned = false

  /** @throws what the log or the group throws while they cannot be asked */
  static async start(options: NotifierOptions): Promise<Notifier> {
    const { log, membership } = options
    const committed = await membership.committed(0)
    const { end } = await log.bounds(TOPIC, 0)
    // A log that was restored may end before what was told of it.
    if (committed !== null) return new Notifier(options, Math.min(committed.offset, end))
    // At once: steps that come before the next commit must not be behind another beginning.
    await membership.commit(0, { offset: end, metadata: '' })
    return new Notifier(options, end)
  }

  private constructor(options: NotifierOptions, from: number) {
    this.#o = options
    this.#from = from
    this.#committed = from
    this.#following = this.#follow()
  }

  /** Gives up nothing: what is not told yet is told by whoever has the partition next. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#following
    await Promise.all(this.#deliveries)
    await this.#committing
  }

  async #follow(): Promise<void> {
    const { log, onError } = this.#o
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await log.wait(TOPIC, 0, this.#at, signal)
        if (signal.aborted) return
        for (const record of await log.read(TOPIC, 0, this.#at, PORTION)) this.#take(record)
        this.#commit()
      } catch (error) {
        onError(error)
        await sleep(RETRY, undefined, { signal }).catch(() => {})
      }
    }
  }

  #take(logged: LogRecord): void {
    const { offset } = logged
    this.#at = offset + 1
    const record = parseRecord(logged)
    if (record?.what !== 'rollout') {
      this.#fold(record)
      return
    }
    const state = this.#definitions.apply(record)
    if (!(state instanceof AssayError) && offset >= this.#from) this.#tell(offset, record, state)
  }

  /** Records that are not understood are of a newer version; followers of the topic tell of them. */
  #fold(record: ControlRecord | null): void {
    if (record === null || this.#definitions.apply(record) instanceof AssayError) return
    if (record.what !== 'define') return
    for (const url of record.definition.rollout?.notify ?? []) this.#receivers.get(url)?.welcome()
  }

  #tell(offset: number, record: RolloutRecord, state: TestState): void {
    const urls = new Set(state.definition.rollout!.notify)
    if (urls.size === 0) return
    const { send } = this.#o
    if (send === null) {
      this.#warn()
      return
    }
    const message = messageOf(record, state)
    this.#open.set(offset, urls.size)
    for (const url of urls) {
      const delivery = this.#deliver(offset, this.#receiver(url, send), message)
      this.#deliveries.add(delivery)
      delivery.finally(() => this.#deliveries.delete(delivery))
    }
  }

  async #deliver(offset: number, receiver: Receiver, message: Message): Promise<void> {
    try {
      await receiver.deliver(message)
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#o.onError(error)
      return
    }
    this.#settle(offset)
  }

  #warn(): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#o.onError(new Error('A rollout names addresses to notify; nothing is sent without ASSAY_WEBHOOK_SECRET.'))
  }

  #receiver(url: string, send: Send): Receiver {
    const { clock = realClock, onError } = this.#o
    const receiver = this.#receivers.get(url) ?? new Receiver({ url, send, clock, signal: this.#stop.signal, onError })
    this.#receivers.set(url, receiver)
    return receiver
  }

  #settle(offset: number): void {
    const left = this.#open.get(offset)! - 1
    if (left > 0) this.#open.set(offset, left)
    else this.#open.delete(offset)
    this.#commit()
  }

  /** One that failed comes again with the next record or delivery; until then a crash only repeats. */
  #commit(): void {
    this.#committing = this.#committing.then(() => this.#commitDone()).catch(this.#o.onError)
  }

  async #commitDone(): Promise<void> {
    const offset = this.#done()
    if (offset <= this.#committed) return
    await this.#o.membership.commit(0, { offset, metadata: '' })
    this.#committed = offset
  }

  /** Records before it are told or given up. */
  #done(): number {
    const [first = this.#at] = this.#open.keys()
    return first
  }
}

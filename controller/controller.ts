import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { TOPIC } from '@assay/core/control/record'
import { newEventId } from '@assay/core/event'
import type { Membership } from '@assay/core/log/log'
import { Notifier } from './notify/notifier.js'
import type { Send } from './notify/webhook.js'
import { Term, type TermOptions } from './term.js'

interface Options extends TermOptions {
  /** How webhooks are sent; null where they are not. */
  send: Send | null
}

type Usual = 'clock' | 'onError' | 'send'
export type ControllerOptions = Omit<Options, Usual> & Partial<Pick<Options, Usual>>

/** The group of all controllers of a log: the one that has the topic's only partition leads. */
const GROUP = 'assay.controller'
/** Milliseconds before one that should lead, and does not, tries again. */
const RETRY = 2000
/** Milliseconds for what is on its way when a term ends. */
const PATIENCE = 2000

/**
 * One of any number of controllers. The log's group elects the leader, which says so in the log: from then on steps of
 * those before it change nothing, however long they believe to lead.
 */
export class Controller {
  readonly #o: Options
  readonly #closing = new AbortController()
  /** Known a little after the first assignment. */
  readonly #member: Promise<Membership>
  /** Ends the present term. */
  #stop = new AbortController()
  #term: Promise<void> = Promise.resolve()
  #leads = false
  #epoch: number | null = null

  private constructor(options: Options) {
    this.#o = options
    this.#member = options.log.join(GROUP, TOPIC, (partitions) => this.#assigned(partitions.length > 0))
  }

  /** Joins the controllers of this log. */
  static async start(options: ControllerOptions): Promise<Controller> {
    const controller = new Controller({ clock: Date.now, onError: () => {}, send: null, ...options })
    await controller.#member
    return controller
  }

  /** The epoch under which it leads; null where another does. */
  get epoch(): number | null {
    return this.#epoch === this.#o.control.definitions.epoch ? this.#epoch : null
  }

  /** Another takes over. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#stop.abort()
    await this.#term
    await (await this.#member).leave()
  }

  /** The group tells it anew whenever somebody joins or leaves. */
  #assigned(leads: boolean): void {
    if (leads === this.#leads) return
    this.#leads = leads
    this.#stop.abort()
    this.#stop = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, this.#closing.signal])
    if (leads) this.#term = this.#term.then(() => this.#lead(signal))
  }

  /** Term after term, for as long as the log says so: one that was taken for dead may have led in between. */
  async #lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#serve(signal)
      } catch (error) {
        this.#o.onError(error)
      }
      if (!signal.aborted) await sleep(RETRY, undefined, { signal }).catch(() => {})
    }
    this.#epoch = null
  }

  async #serve(signal: AbortSignal): Promise<void> {
    this.#epoch = await this.#claim()
    const term = new Term(this.#o, this.#epoch)
    const over = new AbortController()
    const told = this.#notify(AbortSignal.any([signal, over.signal]))
    try {
      await term.run(signal)
    } finally {
      over.abort()
      // What is not told yet the next leader tells: no broker or store that hangs holds up its term.
      await Promise.race([Promise.all([told, term.told]), sleep(PATIENCE, undefined, { ref: false })])
    }
  }

  /** Beside the term, which waits for nothing of it. */
  async #notify(signal: AbortSignal): Promise<void> {
    const { log, send, onError } = this.#o
    while (!signal.aborted) {
      try {
        const notifier = await Notifier.start({ log, membership: await this.#member, send, onError })
        if (!signal.aborted) await once(signal, 'abort')
        return await notifier.close()
      } catch (error) {
        onError(error)
        await sleep(RETRY, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** @throws AssayError `version-mismatch` where another was first; `log-unavailable`, `not-ready` */
  async #claim(): Promise<number> {
    const { control, clock } = this.#o
    const epoch = (await control.latest()).epoch + 1
    await control.write({ what: 'lead', id: newEventId(), at: clock(), by: 'controller', epoch })
    return epoch
  }
}

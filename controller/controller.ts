import { setTimeout as sleep } from 'node:timers/promises'
import { TOPIC } from '@assay/core/control/record'
import { newEventId } from '@assay/core/event'
import type { Membership } from '@assay/core/log/log'
import { Term, type TermOptions } from './term.js'

export type ControllerOptions = Omit<TermOptions, 'clock' | 'onError'> & Partial<Pick<TermOptions, 'clock' | 'onError'>>

/** The group of all controllers of a log: the one that has the topic's only partition leads. */
const GROUP = 'assay.controller'
/** Milliseconds before one that should lead, and does not, tries again. */
const RETRY = 2000

/**
 * One of any number of controllers. The log's group elects the leader, which says so in the log: from then on steps of
 * those before it change nothing, however long they believe to lead.
 */
export class Controller {
  readonly #o: TermOptions
  readonly #closing = new AbortController()
  #member!: Membership
  /** Ends the present term. */
  #stop = new AbortController()
  #term: Promise<void> = Promise.resolve()
  #epoch: number | null = null

  private constructor(options: TermOptions) {
    this.#o = options
  }

  static async start(options: ControllerOptions): Promise<Controller> {
    const controller = new Controller({ clock: Date.now, onError: () => {}, ...options })
    controller.#member = await options.log.join(GROUP, TOPIC, (partitions) =>
      controller.#assigned(partitions.length > 0),
    )
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
    await this.#member.leave()
  }

  #assigned(leads: boolean): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, this.#closing.signal])
    if (leads) this.#term = this.#term.then(() => this.#lead(signal))
  }

  /** Term after term, for as long as the log says so: one that was taken for dead may have led in between. */
  async #lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#epoch = await this.#claim()
        await new Term(this.#o, this.#epoch).run(signal)
      } catch (error) {
        this.#o.onError(error)
      }
      if (!signal.aborted) await sleep(RETRY, undefined, { signal }).catch(() => {})
    }
    this.#epoch = null
  }

  /** @throws AssayError `version-mismatch` where another was first; `log-unavailable`, `not-ready` */
  async #claim(): Promise<number> {
    const { control, clock } = this.#o
    const epoch = (await control.latest()).epoch + 1
    await control.write({ what: 'lead', id: newEventId(), at: clock(), by: 'controller', epoch })
    return epoch
  }
}

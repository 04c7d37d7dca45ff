import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { HELD, LAST_OWNER, noticeOf, settle } from './owners.js'
import { tearTickets } from './ticket.js'

/** Another process writes this partition now. */
export class Fenced extends Error {}

/**
 * Keeps a partition's tables to one writer, though the group may give a partition away while an insert of its last owner
 * is under way, or is yet to be sent by a process that was stopped for a minute. Each owner writes its name down; each
 * insert fails unless its owner's is the last; and an owner reads the marks only when no insert of another runs.
 * A store of one process needs none of this.
 */
export class Fence {
  readonly #store: Store
  readonly #partition: number
  readonly #owner = nanoid()
  readonly #signal: AbortSignal

  constructor(store: Store, partition: number, signal: AbortSignal) {
    this.#store = store
    this.#partition = partition
    this.#signal = signal
  }

  /** A condition for the statements that write this partition's rows. */
  get guard(): string {
    if (!this.#store.shared) return '1'
    const last = `SELECT ${LAST_OWNER} FROM owners WHERE partition = ${this.#partition}`
    return `throwIf((${last}) != '${this.#owner}', '${noticeOf(this.#partition)}') = 0`
  }

  /**
   * Becomes the owner; every other one is fenced from here on, and has no insert under way. Fails while a replay holds the
   * partition. One that held it and is late finds its ticket torn: marks read from here on are of tables that stay.
   */
  async acquire(): Promise<void> {
    if (!this.#store.shared) return
    await this.#store.write.command(
      `INSERT INTO owners SELECT ${this.#partition}, max(epoch) + 1, '${this.#owner}' FROM owners
       WHERE partition = ${this.#partition} HAVING throwIf(${HELD}, '${noticeOf(this.#partition)}') = 0`,
    )
    await tearTickets(this.#store)
    await this.settle()
  }

  /** Fails as an insert would. */
  async verify(): Promise<void> {
    await this.#store.write.query(`SELECT ${this.guard}`)
  }

  /** Resolves when no insert into this partition runs any more, though its answer may have been lost. */
  async settle(): Promise<void> {
    if (this.#store.shared) await settle(this.#store, String(this.#partition), this.#signal)
  }
}

import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { pause } from './pause.js'

/** ClickHouse's code for a `throwIf` that threw. */
const THROWN = '395'
/** Milliseconds between looks at statements that still run. */
const LOOK = 50

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
    return this.#store.shared ? `throwIf((${this.#lastOwner}) != '${this.#owner}', '${this.#notice}') = 0` : '1'
  }

  get #lastOwner(): string {
    return `SELECT argMax(owner, (epoch, owner)) FROM owners WHERE partition = ${this.#partition}`
  }

  get #notice(): string {
    return `partition ${this.#partition} has another owner`
  }

  /** Becomes the owner; every other one is fenced from here on, and has no insert under way. */
  async acquire(): Promise<void> {
    if (!this.#store.shared) return
    await this.#store.write.command(
      `INSERT INTO owners SELECT ${this.#partition}, max(epoch) + 1, '${this.#owner}' FROM owners WHERE partition = ${this.#partition}`,
    )
    await this.settle()
  }

  /** Resolves when no insert into this partition runs any more, though its answer may have been lost. */
  async settle(): Promise<void> {
    if (!this.#store.shared) return
    // In two words, so that this very query, which each owner asks, is none of those it looks for.
    const running = `SELECT count() AS n FROM system.processes WHERE position(query, 'partition ${this.#partition} ' || 'has another owner') > 0`
    for (;;) {
      const [row] = await this.#store.write.query<{ n: number }>(running)
      if (row!.n === 0) return
      await pause(LOOK, this.#signal)
    }
  }
}

/** For tables that no other process knows of. */
export const unfenced: Pick<Fence, 'guard' | 'settle'> = { guard: '1', settle: async () => {} }

/** Whether a statement failed because its owner was fenced. */
export const isFenced = (error: unknown): boolean => (error as { code?: string }).code === THROWN

import { AssayError } from '@assay/core/errors'
import { type Log, partitionsOf } from '@assay/core/log/log'
import { exchangeTables } from '@assay/core/store/ddl'
import { nanoid } from 'nanoid'
import { Fence, Fenced } from './fence.js'
import type { Hold } from './hold.js'
import { LineBuffers } from './line-buffers.js'
import { isFenced, isTableGone } from './store-errors.js'
import { dropSet, openSet, type Recipe } from './table-set.js'
import { withTicket } from './ticket.js'
import { together } from './together.js'
import { Writer, type WriterOptions } from './writer.js'

/** No partition of the log: who owns it is the one who replays. */
const REPLAY = 65_535
/** Milliseconds: what was read in less than that is read while the writers are held. */
const CLOSE = 3000

export interface Progress {
  phase: 'reading' | 'swapping'
  /** Records of the log in the new tables, those of a replay before that was cut off among them. */
  done: number
  /** Records of the log that they are to hold, as far as is known now. */
  total: number
}

export interface ReplayOptions
  extends Omit<WriterOptions, 'partition' | 'member' | 'fence' | 'suffix' | 'tokens' | 'buffers'>,
    Pick<Recipe, 'until'> {
  /** For each partition the last offset to have; may grow. */
  goals: () => Promise<readonly number[]>
  hold: Hold
  onProgress: (progress: Progress) => void
}

/**
 * Rebuilds all tables from offset zero beside the live ones, and exchanges them once both are at one offset. Cut off, it
 * goes on from its marks; where another process replays the same store, that one is cut off.
 * @throws AssayError `replay-incomplete-log`, `replay-overtaken`
 */
export async function replayInto(options: ReplayOptions): Promise<void> {
  const { log, store, signal } = options
  await refuseIncomplete(log)
  const fence = new Fence(store, REPLAY, signal)
  try {
    await fence.acquire()
    const suffix = await openSet(store, options)
    const replay = new Replay(options, fence, suffix)
    do await replay.catchUp()
    while (!(await replay.swap()))
    // They are those of before now; other sets may be another replay's by now.
    await dropSet(store, suffix)
  } catch (error) {
    if (!(error instanceof Fenced) && !isFenced(error) && !isTableGone(error)) throw error
    throw new AssayError('replay-overtaken', 'Expected to be the only replay of this store; another one began.')
  }
}

class Replay {
  readonly #o: ReplayOptions
  readonly #fence: Fence
  readonly #suffix: string
  readonly #writers: readonly Writer[]
  #goals: readonly number[] = []

  constructor(options: ReplayOptions, fence: Fence, suffix: string) {
    this.#o = options
    this.#fence = fence
    this.#suffix = suffix
    const buffers = new LineBuffers()
    const tokens = `assay.events${suffix}/${nanoid()}`
    this.#writers = partitionsOf(options.log).map((partition) => {
      return new Writer({ ...options, buffers, partition, member: null, fence, suffix, tokens })
    })
  }

  /** Reads on from what the tables hold until little is missing. */
  async catchUp(): Promise<void> {
    for (const writer of await this.#aimed()) await writer.recover()
    this.#report('reading')
    for (let before = Infinity; ; ) {
      const started = performance.now()
      // One after another, so that there is one batch in memory, and one insert beside those of the live writers.
      for (const writer of await this.#aimed()) await this.#fill(writer)
      const took = performance.now() - started
      // It gets no closer where the writers are about as fast as this.
      if (took < CLOSE || took > before / 2) return
      before = took
    }
  }

  /** @returns whether the tables were exchanged */
  swap(): Promise<boolean> {
    const { store, hold } = this.#o
    return withTicket(store, (ticket) =>
      hold(async () => {
        const writers = await this.#aimed()
        await together(writers.map((writer) => this.#fill(writer)))
        this.#report('swapping')
        // Who replays from now on tears the ticket.
        await this.#fence.verify()
        await store.write.command(exchangeTables(store.dialect, this.#suffix, ticket))
      }),
    )
  }

  /** The writers, told how far the live tables are now. */
  async #aimed(): Promise<readonly Writer[]> {
    this.#goals = await this.#o.goals()
    return this.#writers
  }

  async #fill(writer: Writer): Promise<void> {
    const goal = this.#goals[writer.partition]!
    if (writer.position > goal) return
    for (let batch = await writer.prepare(goal); batch !== null; ) {
      this.#o.signal.throwIfAborted()
      // The next one is read while this one is stored.
      const [next] = await together([writer.prepare(goal), writer.store(batch)])
      this.#report('reading')
      batch = next
    }
  }

  #report(phase: Progress['phase']): void {
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
    const done = sum(this.#writers.map((w) => w.position))
    this.#o.onProgress({ phase, done, total: sum(this.#goals.map((goal) => goal + 1)) })
  }
}

async function refuseIncomplete(log: Log): Promise<void> {
  for (const p of partitionsOf(log)) {
    const { start } = await log.bounds('assay.events', p)
    if (start === 0) continue
    throw new AssayError(
      'replay-incomplete-log',
      `Expected partition ${p} to start at offset 0; it starts at ${start}.`,
    )
  }
}

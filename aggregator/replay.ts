import { AssayError } from '@assay/core/errors'
import type { Log } from '@assay/core/log/log'
import { dropPipeline, exchangeTables, pipeline } from '@assay/core/store/ddl'
import type { Store } from '@assay/core/store/store'
import { unfenced } from './fence.js'
import type { Gate } from './follow.js'
import { LineBuffers } from './line-buffers.js'
import { Writer, type WriterOptions } from './writer.js'

const SUFFIX = '_replay'

export interface Progress {
  phase: 'reading' | 'swapping'
  done: number
  total: number
}

export interface ReplayOptions extends Omit<WriterOptions, 'partition' | 'member' | 'fence' | 'suffix' | 'buffers'> {
  /** The live writers, which must be of all partitions: how far each has come. */
  live: readonly Pick<Writer, 'partition' | 'position'>[]
  gate: Gate
  onProgress: (progress: Progress) => void
}

/** Rebuilds all tables from offset zero beside the live ones, catches up, and swaps them while no claim is open. */
export async function replayInto(options: ReplayOptions): Promise<void> {
  const { log, store, live, gate, onProgress } = options
  await refuseIncomplete(log, live.length)
  await dropLeftovers(store)
  for (const statement of pipeline(store.dialect, SUFFIX)) await store.write.command(statement)
  const buffers = new LineBuffers()
  const writers = live.map(({ partition }) => {
    return new Writer({ ...options, buffers, partition, member: null, fence: unfenced, suffix: SUFFIX })
  })
  const report = async (phase: Progress['phase']) => onProgress({ phase, ...(await progressOf(log, writers)) })
  const catchUp = async () => {
    for (const [p, writer] of writers.entries()) {
      while (writer.position < live[p]!.position) {
        await step(writer, live[p]!.position - 1)
        await report('reading')
      }
    }
  }
  await catchUp()
  // The rest is read while the live writers are held back, so that both sets of tables end at one offset.
  await gate.pass(async () => {
    await catchUp()
    await report('swapping')
    for (const statement of exchangeTables(store.dialect, SUFFIX)) await store.write.command(statement)
  })
  await dropLeftovers(store)
}

async function step(writer: Writer, to: number): Promise<void> {
  await writer.store((await writer.prepare(to))!)
}

async function progressOf(log: Log, writers: readonly Writer[]) {
  const ends = await Promise.all(writers.map((_, p) => log.bounds('assay.events', p)))
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
  return { done: sum(writers.map((w) => w.position)), total: sum(ends.map((e) => e.end)) }
}

async function refuseIncomplete(log: Log, count: number): Promise<void> {
  for (let p = 0; p < count; p++) {
    const { start } = await log.bounds('assay.events', p)
    if (start > 0) {
      throw new AssayError(
        'replay-incomplete-log',
        `Expected partition ${p} to start at offset 0; it starts at ${start}.`,
      )
    }
  }
}

/** What a replay that was cut off left behind, or the old tables after a swap. */
export async function dropLeftovers(store: Store): Promise<void> {
  for (const statement of dropPipeline(store.dialect, SUFFIX)) await store.write.command(statement)
}

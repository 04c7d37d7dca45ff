import { startThread, type Thread } from './thread-handle.js'
import { createRoom } from './when/room.js'
import { shuffle } from './when/shuffle.js'
import type { Run, When } from './when/when.js'

/** What the module of the candidates has as its default export. Inputs and results are copied between threads. */
export type Candidates<Input, T = unknown> = Readonly<
  Record<string, (input: Input, signal: AbortSignal) => T | PromiseLike<T>>
>

export interface WorkerOptions {
  /** Threads, each of which runs one candidate at a time, 1. */
  threads?: number
  /** Megabytes of heap that a thread may have before it is ended; as Node has it, which may be gigabytes, unless given. */
  heapMb?: number
  /** Runs that wait for a thread at the most, 100. */
  waiting?: number
}

/**
 * Runs the candidates of a module in threads of their own, after the control has answered: not even a candidate that
 * never lets go of its thread holds up the app, for the thread is ended at the timeout. Node alone.
 */
export function worker(module: URL, { threads = 1, waiting = 100, heapMb }: WorkerOptions = {}): Worker {
  const room = createRoom({ atOnce: threads, waiting })
  const free: Thread[] = []
  const all = async (run: Run, input: unknown) => {
    let thread = free.pop()
    try {
      const observations = [await run.control()]
      thread ??= await startThread(module, heapMb)
      for (const name of shuffle(thread.candidates, run.random)) {
        if (!thread.isAlive) thread = await startThread(module, heapMb)
        observations.push(await thread.ask({ name, input, timeout: run.timeout }))
      }
      await run.conclude(observations)
    } catch (error) {
      run.tell('worker', error)
      run.skip()
    }
    if (thread?.isAlive) free.push(thread)
  }
  return {
    elsewhere: true,
    idle: room.idle,
    async run(run) {
      await run.control()
      try {
        // The caller may change what it is given, so it is copied before.
        const input = structuredClone(run.input)
        room.enter(run, () => all(run, input))
      } catch (error) {
        run.tell('worker', error)
        run.skip()
      }
    },
    async close() {
      await room.idle()
      await Promise.all(free.splice(0).map((thread) => thread.end()))
    },
  }
}

export interface Worker extends When {
  /** Ends the threads once nothing waits. */
  close(): Promise<void>
}

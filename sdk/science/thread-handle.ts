import { Worker } from 'node:worker_threads'
import { reviveError } from './clean.js'
import type { Observation } from './observation.js'
import type { Question } from './thread.js'
import { within } from './within.js'

/** Milliseconds that a thread has to say itself that a candidate took too long. */
const GRACE = 100
/** Milliseconds in which a thread must have loaded its module. */
const START = 30_000

export interface Thread {
  /** Names of what its module has. */
  readonly candidates: readonly string[]
  readonly isAlive: boolean
  /** Runs one candidate; a thread that does not answer in time is ended. @throws if the input cannot be copied */
  ask(question: Question): Promise<Observation<unknown>>
  end(): Promise<unknown>
}

/**
 * @param heapMb megabytes of heap, as Node has it unless given
 * @throws what the module throws as it is loaded, or that it took too long
 */
export async function startThread(module: URL, heapMb?: number): Promise<Thread> {
  const limits = heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } }
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: module.href, ...limits })
  let isAlive = true
  const died = () => {
    isAlive = false
  }
  // A thread may die between two questions, and an error that nobody listens to would end the process.
  worker.on('error', died).on('exit', died)
  const end = () => {
    died()
    return worker.terminate()
  }
  /** The thread's next message. Meanwhile the process stays for it. */
  const next = async <T>(milliseconds: number): Promise<T> => {
    worker.ref()
    try {
      return await within(milliseconds, () => message<T>(worker))
    } catch (error) {
      await end()
      throw error
    } finally {
      worker.unref()
    }
  }
  const candidates = await next<string[]>(START)
  return {
    candidates,
    get isAlive() {
      return isAlive
    },
    end,
    async ask(question) {
      const { name, timeout } = question
      const start = performance.now()
      worker.postMessage(question)
      try {
        const { error, ...rest } = await next<Observation<unknown>>(timeout + GRACE)
        // What goes on in there would be in the way of the next one.
        if (rest.outcome === 'timeout') await end()
        return { ...rest, ...(error !== undefined && { error: reviveError(error) }) }
      } catch (error) {
        const isLate = (error as Error).name === 'TimeoutError'
        return { name, outcome: isLate ? 'timeout' : 'error', error, durationMs: performance.now() - start }
      }
    },
  }
}

const message = <T>(worker: Worker) =>
  new Promise<T>((resolve, reject) => {
    const exited = (code: number) => reject(Error(`the thread ended with code ${code}`))
    const clear = () => {
      worker.off('message', answered).off('error', failed).off('exit', exited)
    }
    const answered = (value: T) => {
      clear()
      resolve(value)
    }
    const failed = (error: unknown) => {
      clear()
      reject(error)
    }
    worker.once('message', answered).once('error', failed).once('exit', exited)
  })

import { parentPort, workerData } from 'node:worker_threads'
import { plainError } from './clean.js'
import { observe } from './observation.js'
import type { Candidates } from './worker.js'

/** What a thread is asked, and what it answers. */
export interface Question {
  name: string
  input: unknown
  timeout: number
}

const port = parentPort!
const { default: candidates } = (await import(workerData)) as { default: Candidates<unknown> }
port.postMessage(Object.keys(candidates))

port.on('message', async ({ name, input, timeout }: Question) => {
  const answer = await observe(name, (signal) => candidates[name]!(input, signal), timeout)
  const { error, ...rest } = answer
  try {
    port.postMessage({ ...rest, ...(error !== undefined && { error: plainError(error) }) })
  } catch (uncloneable) {
    const { durationMs } = answer
    port.postMessage({ name, outcome: 'error', error: plainError(uncloneable), durationMs })
  }
})

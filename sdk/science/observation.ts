import { within } from './within.js'

/** What happened when the control or a candidate ran. */
export interface Observation<T> {
  /** `control`, or the candidate's. */
  readonly name: string
  readonly outcome: 'ok' | 'error' | 'timeout'
  /** What was returned, where that is the outcome. */
  readonly value?: T
  /** What was thrown, or that it took too long. */
  readonly error?: unknown
  readonly durationMs: number
  /** CPU milliseconds of the whole process meanwhile; absent where nobody counts them. */
  readonly cpuMs?: number
}

export type Work<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** Runs a candidate, which gets so many milliseconds; never rejects. */
export function observe<T>(name: string, work: Work<T>, timeout: number): Promise<Observation<T>> {
  const ends = new AbortController()
  // Made before the clock starts, for it takes microseconds.
  const { signal } = ends
  const inTime = () =>
    within(
      timeout,
      () => work(signal),
      (late) => ends.abort(late),
    )
  return time(name, inTime, () => (signal.aborted ? 'timeout' : 'error'))
}

/** Runs the control, which may take as long as it likes; never rejects. */
export const observeControl = <T>(use: () => T | PromiseLike<T>): Promise<Observation<T>> =>
  time('control', use, () => 'error')

async function time<T>(
  name: string,
  work: () => T | PromiseLike<T>,
  failure: () => 'error' | 'timeout',
): Promise<Observation<T>> {
  const taken = stopwatch()
  try {
    const value = await work()
    return { name, outcome: 'ok', value, ...taken() }
  } catch (error) {
    return { name, outcome: failure(), error, ...taken() }
  }
}

/** Milliseconds since now. */
function stopwatch() {
  const start = performance.now()
  const before = cpuTime()
  return () => {
    const durationMs = performance.now() - start
    return before === undefined ? { durationMs } : { durationMs, cpuMs: cpuTime()! - before }
  }
}

/** CPU milliseconds of the process so far; nothing where that is not counted. */
function cpuTime(): number | undefined {
  try {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  } catch {
    // Browsers have no process, and some workers one that throws.
  }
}

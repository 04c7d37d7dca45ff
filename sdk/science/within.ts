/** Timers hold no more than this; what waits longer waits for ever. */
const LONGEST = 2 ** 31 - 1

/**
 * What `work` gives within so many milliseconds; then its signal is aborted and its answer no longer waited for.
 * @throws TimeoutError, a DOMException, as `AbortSignal.timeout` has it; and what `work` throws
 */
export function within<T>(milliseconds: number, work: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
  const ends = new AbortController()
  return new Promise((resolve, reject) => {
    const answer = work(ends.signal)
    if (!isPromise(answer)) return resolve(answer)
    const give = () => {
      const late = new DOMException(`took longer than ${milliseconds} ms`, 'TimeoutError')
      reject(late)
      ends.abort(late)
    }
    const timer = milliseconds <= LONGEST ? setTimeout(give, milliseconds) : undefined
    answer.then(resolve, reject).then(() => clearTimeout(timer))
  })
}

export const isPromise = <T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> =>
  typeof (answer as PromiseLike<T> | null)?.then === 'function'

/** Timers hold no more than this; what waits longer waits for ever. */
const LONGEST = 2 ** 31 - 1

/**
 * What `work` gives within so many milliseconds; then it is no longer waited for, and `giveUp` is told why.
 * @throws TimeoutError, a DOMException, as `AbortSignal.timeout` has it; and what `work` throws
 */
export function within<T>(
  milliseconds: number,
  work: () => T | PromiseLike<T>,
  giveUp?: (late: DOMException) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const answer = work()
    if (!isPromise(answer)) return resolve(answer)
    // What only looks like a promise becomes one, with its own ways of failing.
    const settled = Promise.resolve(answer)
    const give = () => {
      const late = new DOMException(`took longer than ${milliseconds} ms`, 'TimeoutError')
      reject(late)
      giveUp?.(late)
    }
    const timer = milliseconds <= LONGEST ? setTimeout(give, milliseconds) : undefined
    settled.then(resolve, reject).then(() => clearTimeout(timer))
  })
}

export const isPromise = <T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> =>
  typeof (answer as PromiseLike<T> | null)?.then === 'function'

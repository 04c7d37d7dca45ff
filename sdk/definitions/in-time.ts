/** What `work` gives within so many milliseconds, unless `ends` ends it before. */
export const inTime = async <T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  ends = new AbortController(),
): Promise<T> => {
  const { signal } = ends
  const ended = new Promise<never>((_, reject) => {
    signal.onabort = () => reject(signal.reason)
  })
  const timer = setTimeout(() => ends.abort(Error(`config: no answer in ${milliseconds} ms`)), milliseconds)
  return Promise.race([work(signal), ended]).finally(() => clearTimeout(timer))
}

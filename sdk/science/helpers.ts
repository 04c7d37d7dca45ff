import type { Maybe, OnError, Operation } from './options.js'
import { isPromise, within } from './within.js'

/** Calls what the app gave, so that nothing of it is thrown back. */
export interface Helpers {
  tell(operation: Operation, error: unknown): void
  /** What `work` gives; if it throws or takes too long, tells of that and gives `otherwise`. Never rejects. */
  attempt<T, U>(operation: Operation, work: () => Maybe<T>, otherwise: U): Promise<T | U>
}

export function createHelpers(onError: OnError | undefined, timeout: number): Helpers {
  const tell: Helpers['tell'] = (operation, error) => {
    try {
      // An asynchronous listener may reject as well.
      const told: unknown = onError?.(error as Error, operation)
      if (isPromise(told)) told.then(undefined, () => {})
    } catch {}
  }
  return {
    tell,
    attempt: (operation, work, otherwise) =>
      within(timeout, work).catch((error) => {
        tell(operation, error)
        return otherwise
      }),
  }
}

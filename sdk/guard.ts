/** Stands between Assay and the app: what goes wrong here is told, and never thrown there. */
export interface Guard {
  /** Gives what `work` gives; if it throws, tells of that and gives nothing. */
  attempt<T>(work: () => T): T | undefined
  tell(error: unknown): void
}

export function createGuard(onError?: (error: Error) => void): Guard {
  const tell = (error: unknown) => {
    try {
      onError?.(error as Error)
    } catch {}
  }
  return {
    tell,
    attempt(work) {
      try {
        return work()
      } catch (error) {
        tell(error)
      }
    },
  }
}

import type { Run } from './when.js'

/** How many runs of candidates may be under way at once, and how many more may wait. */
export interface Limits {
  atOnce: number
  waiting: number
}

export interface Room {
  /** Does a run's work as soon as there is room; skips it if too many wait. Resolves once either is done. */
  enter(run: Pick<Run, 'tell' | 'skip'>, work: () => Promise<unknown>): Promise<void>
  /** Resolves once nothing is under way. */
  idle(): Promise<void>
}

export function createRoom({ atOnce, waiting }: Limits): Room {
  const line: (() => void)[] = []
  let idlers: (() => void)[] = []
  let inside = 0
  const next = () => {
    while (line.length && inside < atOnce) {
      inside++
      line.shift()!()
    }
    if (inside) return
    for (const idler of idlers) idler()
    idlers = []
  }
  const leave = () => {
    inside--
    next()
  }
  return {
    async enter(run, work) {
      if (inside >= atOnce && line.length >= waiting) return run.skip()
      const turn = new Promise<void>((resolve) => line.push(resolve))
      next()
      // Waited for here and not called by who leaves, so that it runs in its own request's asynchronous context.
      await turn
      try {
        await work()
      } catch (error) {
        run.tell('when', error)
        run.skip()
      }
      leave()
    },
    idle: () => new Promise((resolve) => (inside ? idlers.push(resolve) : resolve())),
  }
}

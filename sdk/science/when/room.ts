/** How many runs of candidates may be under way at once, and how many more may wait. */
export interface Limits {
  atOnce: number
  waiting: number
}

export interface Room {
  /** Does the work, which must not reject, as soon as there is room. @returns false if too many wait */
  enter(work: () => Promise<unknown>): boolean
  /** Resolves once nothing is under way. */
  idle(): Promise<void>
}

export function createRoom({ atOnce, waiting }: Limits): Room {
  const line: (() => Promise<unknown>)[] = []
  let idlers: (() => void)[] = []
  let inside = 0
  const next = () => {
    while (line.length && inside < atOnce) {
      inside++
      line.shift()!().then(leave, leave)
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
    enter(work) {
      if (inside >= atOnce && line.length >= waiting) return false
      line.push(work)
      next()
      return true
    },
    idle: () => new Promise((resolve) => (inside ? idlers.push(resolve) : resolve())),
  }
}

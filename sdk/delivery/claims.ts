/** Names that one page at a time may hold, for as long as it lives or until it lets go of all, which is the end of these. */
export interface Claims {
  /** @returns whether the name was nobody's, and is this page's now */
  take(name: string): Promise<boolean>
  release(): void
}

/** By Web Locks, which go with the page that holds them. */
export function lockClaims(locks: LockManager): Claims {
  let isOver = false
  let end = () => {}
  const held = new Promise<void>((done) => {
    end = done
  })
  return {
    take: (name) =>
      new Promise((resolve, reject) => {
        // A page that waits for a lock cannot go to the back/forward cache.
        if (isOver) return resolve(false)
        const granted = (lock: Lock | null) => {
          resolve(!!lock && !isOver)
          return lock && held
        }
        locks.request(name, { ifAvailable: true }, granted).catch(reject)
      }),
    release() {
      isOver = true
      end()
    },
  }
}

/** Where nobody hears of it: storage that failed once more leaves all as it is. */
export const quiet =
  <Args extends unknown[]>(work: (...args: Args) => unknown) =>
  async (...args: Args) => {
    try {
      await work(...args)
    } catch {}
  }

/** Milliseconds that a lease lasts: timers of pages in the background wait up to a minute. */
const LEASE = 180_000
/** Milliseconds after which what other pages wrote is seen here, however busy the machine is. */
const DOUBT = 1000

/** By a time under each name, put off again and again: pages that are not secure have no locks. */
export function leaseClaims(storage: Storage, onLost: () => void): Claims {
  const names = new Set<string>()
  let until = 0
  let isOver = false
  let timer: ReturnType<typeof setInterval> | undefined
  const renew = () => {
    // A page that was frozen for so long has been taken for dead.
    if (Date.now() > until) return onLost()
    until = Date.now() + LEASE
    for (const name of names) storage.setItem(name, `${until}`)
  }
  return {
    async take(name) {
      const left = Number(storage.getItem(name)) - Date.now()
      // One that ends later than any can was made before the clock was put back.
      if (isOver || (left > 0 && left < 2 * LEASE)) return false
      // Of several that find it free, the last to write has it.
      const mine = `${Date.now() + LEASE + Math.random()}`
      storage.setItem(name, mine)
      await new Promise((resolve) => setTimeout(resolve, DOUBT))
      if (storage.getItem(name) !== mine) return false
      if (isOver) storage.removeItem(name)
      if (isOver) return false
      names.add(name)
      until ||= Number(mine)
      timer ??= setInterval(quiet(renew), LEASE / 9)
      return true
    },
    release() {
      for (const name of names) storage.removeItem(name)
      clearInterval(timer)
      isOver = true
    },
  }
}

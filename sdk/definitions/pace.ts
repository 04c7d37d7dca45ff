import type { Guard } from '../guard.js'
import { FIRST, LONGEST, SHORTEST, WEEKS } from '../limits.js'
import { onPage } from '../on-page.js'
import type { Known } from './known.js'
import type { Look, LookError } from './look.js'

/** When it is looked at the tests. */
export interface Pace {
  /** Looks now, and again later. */
  look(): Promise<void>
  /** Puts off the next look until it is due from now on. `isTold` where changes are told of: then looks are rare. */
  later(isTold?: boolean): void
  fail(error: unknown): void
  close(): void
}

/** Looks again and again: later after failures, and not while the page is hidden. */
export function createPace(refresh: number, { attempt, tell }: Guard, known: Known, look: Look): Pace {
  let timer: ReturnType<typeof setTimeout> | undefined
  let ends: AbortController | undefined
  let shortest = SHORTEST
  let failures = 0
  /** Milliseconds for which the server asked. */
  let asked = 0
  /** Whether a look waits for the page to be seen. */
  let isDue = false
  let isClosed = false

  const fail = (error: unknown) => {
    if (isClosed) return
    tell(error)
    known.settle(true)
  }
  const lookOn = async () => {
    isDue = false
    try {
      ends = new AbortController()
      const found = await look(ends)
      failures = 0
      if (found) known.take(found)
      else known.settle(false)
    } catch (error) {
      failures++
      asked = (error as LookError).wait ?? 0
      fail(error)
    }
    later()
  }
  const lookWhenSeen = () => {
    isDue = !!globalThis.document?.hidden
    if (!isDue) lookOn()
  }
  const later = (isTold?: boolean) => {
    clearTimeout(timer)
    if (isTold) {
      // A stream may break off without a word.
      shortest = LONGEST
      failures = 0
    }
    if (isClosed || !(refresh > 0)) return
    const wait = failures
      ? Math.min(LONGEST, Math.max(asked, FIRST * 2 ** failures))
      : Math.min(WEEKS, Math.max(refresh, shortest))
    // Clients that started together do not ask together.
    timer = attempt(() => setTimeout(lookWhenSeen, wait * (1 - Math.random() / 5)))
    ;(timer as { unref?: () => void } | undefined)?.unref?.()
  }
  const page = onPage({ visibilitychange: () => isDue && lookWhenSeen() })
  return {
    look: lookOn,
    later,
    fail,
    close() {
      isClosed = true
      clearTimeout(timer)
      ends?.abort()
      page?.abort()
    },
  }
}

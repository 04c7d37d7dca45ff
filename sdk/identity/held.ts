import type { Line } from '../delivery/keep.js'

/** A line that waits for the user's consent, and what goes with it. */
export type HeldLine = Line & { work?: () => void }

/** Gives up all of them, or what is too many, the oldest first. @returns how many that were */
export function trim(held: HeldLine[], most: number): number {
  const before = held.length
  if (!most) held.length = 0
  while (held[0] && held.length > most) {
    // What Assay says by itself is said once: it goes last.
    const oldest = held.findIndex(({ json }) => /"event":"[^$]/.test(json))
    held.splice(Math.max(oldest, 0), 1)
  }
  return before - held.length
}

import { readFileSync } from 'node:fs'
import type { KeyRing } from '@assay/core/key-ring'
import { parseKeys } from '@assay/core/keys'

/** Milliseconds between looks at the file. Not watched: what replaces it may be a link, or on a disk of another machine. */
const PERIOD = 2000

/**
 * Keeps the ring to what the file says. While the file is missing or damaged the keys stay as they are, and `onError` is
 * told, once. Gives a function that ends it.
 */
export function followKeys(
  file: string,
  ring: KeyRing,
  onError: (error: unknown) => void,
  period = PERIOD,
): () => void {
  let seen: string | undefined
  const look = () => {
    const text = textOf(file)
    if (text === seen) return
    seen = text
    try {
      ring.exchange(parseKeys(text))
    } catch (error) {
      onError(error)
    }
  }
  const timer = setInterval(look, period).unref()
  return () => clearInterval(timer)
}

/** Nothing, where there is nothing to read: that is damaged, too. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

import type { Mismatch } from '../result.js'
import { byteLength } from './json.js'

/** What may be long; the rest of a mismatch is names and numbers. */
const LONG = new Set(['context', 'value', 'error', 'message', 'stack'])

/**
 * A mismatch as JSON of at most so many bytes, 1,024 or more: whatever is too long becomes the beginning of its JSON,
 * and `trimmed` says so.
 */
export function trim(mismatch: Mismatch, bytes: number): string {
  let text = JSON.stringify(mismatch)
  for (let length = bytes >> 1; byteLength(text) > bytes && length > 1; length >>= 1)
    // Cut from what was cut before, so that a huge value is spelled out but once.
    text = JSON.stringify({ ...JSON.parse(text), trimmed: true }, (key, value) =>
      LONG.has(key) ? cut(value, length) : value,
    )
  return text
}

function cut(value: unknown, length: number): unknown {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length > length ? `${text.slice(0, length)}…` : value
}

/** Of the text as UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length

/**
 * JSON of at most so many bytes.
 * @throws RangeError as soon as there must be more, so that what is huge is never spelled out; what JSON.stringify throws
 */
export function jsonWithin(bytes: number, whole: unknown): string {
  let least = 0
  const check = (length: number) => {
    if (length > bytes) throw RangeError(`expected at most ${bytes} bytes of JSON`)
  }
  const text = JSON.stringify(whole, function (this: unknown, key: string, value: unknown) {
    if (['undefined', 'function', 'symbol'].includes(typeof value)) return
    least += (Array.isArray(this) ? 0 : key.length) + (typeof value === 'string' ? value.length : 1)
    check(least)
    return value
  })
  check(byteLength(text))
  return text
}

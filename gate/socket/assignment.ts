/** Digits as Go writes them: `_` may stand between two. */
const DIGITS = String.raw`\d+(?:_\d+)*`
const HEX = '[0-9a-f]+(?:_[0-9a-f]+)*'
const EXPONENT = `[+-]?${DIGITS}`
const decimal = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:e${EXPONENT})?$`, 'i')
const hexadecimal = new RegExp(`^([+-]?)0x(?:_?(${HEX})(?:\\.(${HEX})?)?|\\.(${HEX}))p(${EXPONENT})$`, 'i')

/** A number by the rules of Go's `strconv.ParseFloat`, which the protocol's assignments are read by; null for all else. */
export function parseAssignment(text: string): number | null {
  if (decimal.test(text)) return Number(text.includes('_') ? text.replaceAll('_', '') : text)
  if (/^nan$/i.test(text)) return Number.NaN
  const hex = hexadecimal.exec(text)
  return hex && parseHexadecimal(hex)
}

function parseHexadecimal([, sign, whole = '', part = '', only = '', power]: RegExpExecArray): number {
  const plain = (digits: string) => digits.replaceAll('_', '')
  const fraction = plain(part + only)
  const mantissa = Number(BigInt(`0x${plain(whole)}${fraction}`))
  const value = mantissa === 0 ? 0 : mantissa * 2 ** (Number(plain(power!)) - 4 * fraction.length)
  return sign === '-' ? -value : value
}

/** A number below 1 as Go prints it with `%v`: small ones with an exponent of two digits, minus zero with its sign. */
export function formatAssignment(number: number): string {
  if (Object.is(number, -0)) return '-0'
  if (number >= 1e-4 || number === 0 || Number.isNaN(number)) return String(number)
  return number.toExponential().replace(/e-(\d)$/, 'e-0$1')
}

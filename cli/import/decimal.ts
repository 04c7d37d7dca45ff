/** The digits of a decimal as Parquet stores it, whole units of its last place: a number, or bytes from the greatest on. */
export function decimalText(stored: unknown, scale: number): string | null {
  if (stored === null || stored === undefined) return null
  const units = stored instanceof Uint8Array ? signed(stored) : BigInt(stored as bigint | number)
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

function signed(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

const HOUR = 3_600_000
const TEN_YEARS = 3652 * 24 * HOUR

/**
 * Milliseconds that a clock may be off, or a request on its way, which cannot be told apart. Two requests of one client
 * that take different times would put what it did in another order: a purchase before the exposure.
 */
const UNTOLD = 10_000

/** What to add to a client's times: how far its clock stood from ours when it sent, if that is no matter of the way. */
export function clockShift(sentAt: number | undefined, received: number): number {
  const shift = sentAt === undefined ? 0 : received - sentAt
  return Math.abs(shift) <= UNTOLD ? 0 : shift
}

/** Times nobody can mean: the far future becomes now, the far past ten years ago. */
export function clampTime(time: number, received: number): number {
  if (time > received + HOUR) return received
  return Math.max(time, received - TEN_YEARS)
}

const HOUR = 3_600_000
const TEN_YEARS = 3652 * 24 * HOUR

/** What to add to a client's times: how far its clock stood from ours when it sent. */
export function clockShift(sentAt: number | undefined, received: number): number {
  return sentAt === undefined ? 0 : received - sentAt
}

/** Times nobody can mean: the far future becomes now, the far past ten years ago. */
export function clampTime(time: number, received: number): number {
  if (time > received + HOUR) return received
  return Math.max(time, received - TEN_YEARS)
}

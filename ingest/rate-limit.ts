/**
 * A token bucket that lends: whoever finds a token may take any number, and the debt is waited off by those after.
 * So the verdict comes before a request is read, and long batches are not starved by short ones.
 */
export class TokenBucket {
  private tokens: number
  private filled = -Infinity

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst
  }

  /** Whole seconds until a token is free; 0 when one is. */
  wait(now: number): number {
    this.fill(now)
    return this.tokens > 0 ? 0 : Math.max(1, Math.ceil(-this.tokens / this.perSecond))
  }

  take(count: number): void {
    this.tokens -= count
  }

  private fill(now: number): void {
    const elapsed = now - this.filled
    // A clock set back adds nothing, and starts to add again from where it is.
    this.filled = now
    if (elapsed > 0) this.tokens = Math.min(this.burst, this.tokens + (elapsed / 1000) * this.perSecond)
  }
}

/** Requests to expect before silence says anything: of so many, none comes by chance once in 10⁸ times. */
const EXPECTED = 20

/** How long nothing has been heard of a canary though its control has traffic. */
export class Silence {
  #since: number
  #expected = 0

  /** @param began Unix milliseconds */
  constructor(began: number) {
    this.#since = began
  }

  /** One second: the requests of both branches, at the canary's weight. */
  second(end: number, requests: { canary: number; control: number }, weight: number): void {
    if (requests.canary > 0 || weight === 0) {
      this.#since = end
      this.#expected = 0
    } else if (weight < 1) this.#expected += (requests.control * weight) / (1 - weight)
  }

  /** Whether it has lasted for so many seconds at `now`. */
  lasts(seconds: number, now: number): boolean {
    return this.#expected >= EXPECTED && now - this.#since >= 1000 * seconds
  }
}

import type { Counts, Stratum } from '@assay/stats/canary/stratum'

const none: Counts = { total: 0, bad: 0 }
const sum = (a: Counts, b: Counts): Counts => ({ total: a.total + b.total, bad: a.bad + b.bad })

export const nothing: Stratum = { canary: none, control: none }
export const together = (a: Stratum, b: Stratum): Stratum => ({
  canary: sum(a.canary, b.canary),
  control: sum(a.control, b.control),
})

/** Counts of both branches while they grow. */
export class Tally {
  #open = { canary: { total: 0, bad: 0 }, control: { total: 0, bad: 0 } }

  add(isCanary: boolean, isBad: boolean): void {
    const counts = isCanary ? this.#open.canary : this.#open.control
    counts.total++
    if (isBad) counts.bad++
  }

  /** What was counted since the last time. */
  take(): Stratum {
    const taken = this.#open
    this.#open = { canary: { total: 0, bad: 0 }, control: { total: 0, bad: 0 } }
    return taken
  }
}

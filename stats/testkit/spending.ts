import type { Spending } from '../anytime/group-sequential.js'

/** α times the share to a power (Kim and DeMets 1987), as other engines' cases spend it. */
export const powerSpending =
  (power: number): Spending =>
  (share, alpha) =>
    alpha * share ** power

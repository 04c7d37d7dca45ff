import { type LnPValues, stepwise } from './stepwise.js'

/** Holm's step-down ln p-values (Holm 1979): Bonferroni's guarantee for any dependence, and never less power. */
export const holm = (lnPs: LnPValues) => stepwise(lnPs, true, (rank, m) => m - rank + 1)

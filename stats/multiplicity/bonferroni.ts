import { type LnPValues, stepwise } from './stepwise.js'

/**
 * ln p-values times their number (Bonferroni): all at or below ln alpha may be believed at once. Intervals at alpha
 * over that number hold together with them.
 */
export const bonferroni = (lnPs: LnPValues) => stepwise(lnPs, true, (_, m) => m)

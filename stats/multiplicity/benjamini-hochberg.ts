import { type LnPValues, stepwise } from './stepwise.js'

/**
 * Benjamini–Hochberg's step-up ln p-values (Benjamini and Hochberg 1995): of those at or below ln alpha at most the
 * share alpha is expected to be false, for independent or positively dependent tests (Benjamini and Yekutieli 2001).
 */
export const benjaminiHochberg = (lnPs: LnPValues) => stepwise(lnPs, false, (rank, m) => m / rank)

/**
 * The alpha at which to compute the intervals of those selected by adjusted ln p-values, so that at most the share
 * alpha of these intervals is expected to miss: selected / tested times alpha (Benjamini and Yekutieli 2005, definition
 * 1).
 */
export function coverageAlpha(adjusted: LnPValues, alpha = 0.05): number {
  const tested = adjusted.filter((lnP) => lnP !== null)
  const selected = tested.filter((lnP) => lnP <= Math.log(alpha))
  return (alpha * Math.max(1, selected.length)) / Math.max(1, tested.length)
}

/** ln p-values of a family of hypotheses; null keeps the place of one that was not tested and does not count. */
export type LnPValues = readonly (number | null)[]

/**
 * ln p + ln factor(rank, family), at most 0, made monotone in p: by the greatest so far from the least p upwards
 * (`up`), or by the least so far downwards. Ranks start at 1.
 */
export function stepwise(lnPs: LnPValues, up: boolean, factor: (rank: number, m: number) => number): (number | null)[] {
  const ranked = lnPs.flatMap((lnP, i) => (lnP === null ? [] : [{ lnP, i }])).sort((a, b) => a.lnP - b.lnP)
  const own = ranked.map(({ lnP, i }, k) => ({ i, lnP: Math.min(0, lnP + Math.log(factor(k + 1, ranked.length))) }))
  const adjusted = [...lnPs]
  let bound = up ? -Infinity : 0
  for (const { i, lnP } of up ? own : own.reverse()) {
    bound = up ? Math.max(bound, lnP) : Math.min(bound, lnP)
    adjusted[i] = bound
  }
  return adjusted
}

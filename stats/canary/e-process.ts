/**
 * Wealth bet against a null, round by round. Under the null its expectation never grows, so that it ever reaches 1 / α
 * with probability at most α, however often one looks (Ville 1939). A plain record: what JSON gives back goes on as before.
 */
export interface EProcess {
  /** ln of the wealth staked, in the round to come, on each alternative of a grid. */
  readonly lnMasses: readonly number[]
  /** Rounds on which wealth was newly staked, the one to come included. */
  readonly starts: number
}

/** Wealth not yet staked after so many starts: half of it at first, and in the end nothing. */
const reserve = (starts: number) => Math.LN2 / 2 / Math.log(starts + 1)

/** reserve(starts) − reserve(starts + 1), without the cancellation. */
const released = (starts: number) => (reserve(starts) * Math.log1p(1 / (starts + 1))) / Math.log(starts + 2)

/** ln (eᵃ + eᵇ), for any finite a and b; beyond 37 the lesser is below the greater's rounding. */
function lnAdd(a: number, b: number): number {
  const gap = Math.abs(a - b)
  return Math.max(a, b) + (gap > 37 ? 0 : Math.log(1 + Math.exp(-gap)))
}

/** An e-process of wealth 1, half of it staked on the first round, evenly over so many alternatives. */
export const begin = (alternatives: number): EProcess => ({
  lnMasses: Array.from({ length: alternatives }, () => -Math.log(2 * alternatives)),
  starts: 1,
})

/**
 * One round: each mass grows by the ratio its alternative gave, then more of the reserve is staked, so that a late change
 * meets bets which lost nothing before it. That is the mixture over start times s of weights 1/2 and then
 * (1 / ln s − 1 / ln (s + 1)) ln 2 / 2, about 0.35 / (s ln² s), which add up to 1.
 * `lnRatios`: one finite ln ratio an alternative, whose expectations, given the rounds before, are at most 1 under the
 * null. Neither overflows nor underflows; a round errs by about 1e-16 (|ln mass| + |ln ratio|).
 */
export function bet({ lnMasses, starts }: EProcess, lnRatios: readonly number[]): EProcess {
  const fresh = Math.log(released(starts) / lnMasses.length)
  return { lnMasses: lnMasses.map((mass, i) => lnAdd(mass + lnRatios[i]!, fresh)), starts: starts + 1 }
}

/** ln of a sum, of the logarithms of its terms. */
export function lnSum(lnTerms: readonly number[]): number {
  const greatest = Math.max(...lnTerms)
  return greatest + Math.log(lnTerms.reduce((sum, term) => sum + Math.exp(term - greatest), 0))
}

/** ln of the wealth, staked and in reserve: the ln e-value now. Never below ln of the reserve. */
export const lnWealth = ({ lnMasses, starts }: EProcess): number => lnSum([...lnMasses, Math.log(reserve(starts))])

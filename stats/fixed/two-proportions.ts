import { crossing } from '../anytime/crossing.js'
import { type InferenceOptions, interval } from '../inference.js'
import { type None, none } from '../none.js'
import { normalQuantile } from '../tail/normal.js'
import { type TTest, tTest } from './t-test.js'

export interface Trials {
  readonly n: number
  readonly successes: number
}

/** One branch while a difference is pulled away from the one observed: the share that rises, and the rest. */
interface Rising {
  readonly n: number
  readonly share: number
  readonly rest: number
}

const successes = ({ n, successes }: Trials): Rising => ({ n, share: successes / n, rest: (n - successes) / n })
const failures = ({ n, successes }: Trials): Rising => ({ n, share: (n - successes) / n, rest: successes / n })

/** How far a share p̂ rises to the p with p − p̂ = τ p (1 − p), τ = tilt / n: likeliest at a given difference. */
function rise({ n, share, rest }: Rising, tilt: number): number {
  const tau = tilt / n
  const root = Math.sqrt((1 - tau) ** 2 + 4 * tau * share)
  const risen = tau < 1 ? (2 * share) / (1 - tau + root) : (tau - 1 + root) / 2 / tau
  return (tau * risen * 2 * rest) / (1 + tau + root)
}

/**
 * How far both shares move apart until the squared score, which is the tilt times that distance, reaches the threshold.
 */
function reach([a, b]: readonly [Rising, Rising], threshold: number): number {
  const [small, large] = a.share < b.share ? [a, b] : [b, a]
  // By the rise of the smaller share, as near 0 it moves within the tilt's last digits; but one of 0 only moves from n
  // on.
  const [lead, other] = small.n * rise(large, small.n) < threshold ? [small, large] : [large, small]
  if (lead.rest === 0) return 0
  const tilt = (x: number) => (lead.n * x) / (lead.share + x) / (lead.rest - x)
  const apart = (x: number) => x + rise(other, tilt(x))
  return apart(crossing((x) => tilt(x) * apart(x) - threshold, 0, lead.rest))
}

/**
 * Score test of two proportions and the interval of all differences that it does not reject (Miettinen and Nurminen
 * 1985): at 0 the pooled z-test with its variance times N/(N − 1), the "N − 1" chi-square (Campbell 2007). For any
 * number of successes, none included, where `tTest` of a `proportion` takes a share of 0 for exact; with thousands both
 * agree. ln p within 1e-11 relative, ends within 1e-11 of their size plus the width. `insufficient` for an empty
 * branch, `out-of-range` where successes are not between 0 and n, or alpha is not in (0, 1), for one side in (0, 0.5).
 */
export function twoProportions(control: Trials, treatment: Trials, options: InferenceOptions = {}): TTest | None {
  const { alpha = 0.05, alternative = 'two-sided' } = options
  const level = alternative === 'two-sided' ? alpha / 2 : alpha
  const possible = [control, treatment].every((branch) => branch.successes >= 0 && branch.successes <= branch.n)
  if (!(possible && level > 0 && level < 0.5)) return none('out-of-range')
  if (control.n * treatment.n === 0) return none('insufficient')
  const n = control.n + treatment.n
  const all = control.successes + treatment.successes
  const [up, down] = [
    [failures(control), successes(treatment)] as const,
    [successes(control), failures(treatment)] as const,
  ]
  // From the rarer outcome, whose shares have the digits.
  const value = 2 * all < n ? up[1].share - down[0].share : up[0].share - down[1].share
  const spread = Math.sqrt((all * (n - all)) / (control.n * treatment.n) / (n - 1))
  // Where all did alike the difference is 0 of 0 standard errors: no evidence.
  const test = tTest({ kind: 'effect', value, standardError: spread || 1, df: Infinity, n }, options)
  if (test.kind === 'none') return test
  const threshold = (normalQuantile(level) ** 2 * n) / (n - 1)
  const [least, most] = interval(value, 0, alternative)
  return {
    ...test,
    ci: [Math.min(value - reach(down, threshold), least), Math.max(value + reach(up, threshold), most)],
  }
}

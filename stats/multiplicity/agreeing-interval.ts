import { crossing } from '../anytime/crossing.js'
import { interval } from '../inference.js'
import { lnNormalTail, normalQuantile } from '../tail/normal.js'

/**
 * An interval about an effect that leaves out 0 exactly where its adjusted p-value is below alpha: that of the normal
 * test which would have given this p. For display beside the adjusted p only: it promises no coverage (see
 * `coverageAlpha`). Unbounded where the adjusted p is 1.
 */
export function agreeingInterval(effect: number, lnP: number, alpha = 0.05): readonly [number, number] {
  // P(Z > z) <= exp(−z² / 2) / 2 bounds the z of this p.
  const z = crossing((z) => lnP - Math.LN2 - lnNormalTail(z), 0, Math.sqrt(-2 * lnP))
  return interval(effect, lnP < 0 ? (Math.abs(effect) * normalQuantile(alpha / 2)) / z : Infinity, 'two-sided')
}

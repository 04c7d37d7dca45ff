import erfc from '@stdlib/math-base-special-erfc'
import erfcinv from '@stdlib/math-base-special-erfcinv'
import { alternating } from './alternating.js'

/** Beyond this erfc nears the least double and loses digits. */
const FAR = 36

/** P(Z > z) for standard normal Z, to the least double. */
export const normalTail = (z: number): number => erfc(z / Math.SQRT2) / 2

/** ln P(Z > z) for standard normal Z, finite for every z whose square is; 1e-14 relative, 1e-13 far below 0. */
export function lnNormalTail(z: number): number {
  if (z < 0) return Math.log1p(-normalTail(-z))
  if (z < FAR) return Math.log(normalTail(z))
  // The asymptotic series of Mills' ratio (DLMF 7.12.1).
  return (-z / 2) * z - Math.log(z * Math.sqrt(2 * Math.PI)) + Math.log(alternating((k) => (2 * k + 1) / z / z))
}

/** The z with P(Z > z) = `tail`, for tail in (0, 1); about 1e-15 relative down to 1e-50, 1e-13 to 1e-300. */
export const normalQuantile = (tail: number): number => Math.SQRT2 * erfcinv(2 * tail)

/** The density of a standard normal at `z`. */
export const normalDensity = (z: number): number => Math.exp((-z / 2) * z) / Math.sqrt(2 * Math.PI)

import type { Joint } from '../joint.js'
import { type None, none } from '../none.js'
import type { Effect } from './effect.js'

/**
 * Treatment's coefficient in the least-squares regression of an outcome on the branch and a covariate from before the
 * test (analysis of covariance; Cochran 1957, section 3): variables in that order, one variance for both branches.
 * Degrees of freedom n − 3. `insufficient` for fewer than four users, `no-variance` where the covariate or the residual
 * has none.
 */
export function regression(control: Joint, treatment: Joint): Effect | None {
  const n = control.n + treatment.n
  if (control.n === 0 || treatment.n === 0 || n < 4) return none('insufficient')
  const within = (i: number, j: number) => control.co[i]![j]! + treatment.co[i]![j]!
  const apart = (i: number) => treatment.means[i]! - control.means[i]!
  if (!(within(1, 1) > 0)) return none('no-variance', apart(0))
  const slope = within(0, 1) / within(1, 1)
  const value = apart(0) - slope * apart(1)
  const variance = (within(0, 0) - slope * within(0, 1)) / (n - 3)
  if (!(variance > 0)) return none('no-variance', value)
  const scale = 1 / control.n + 1 / treatment.n + (apart(1) * apart(1)) / within(1, 1)
  return { kind: 'effect', value, standardError: Math.sqrt(variance * scale), df: n - 3, n }
}

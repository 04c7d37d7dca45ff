import { reasonWords } from '@assay/query-api/canary/words'
import type { History } from '@assay/query-api/schemas'
import { stepWords } from './words.js'

type Change = History['history'][number]

/** Of each change that is a step of a rollout, what it was and why; the weights are those of the policy at that time. */
export function rolloutWords(history: readonly Change[]): Map<Change, string> {
  const said = new Map<Change, string>()
  let steps: readonly { weight: number }[] = []
  let step = 0
  for (const change of history) {
    const { definition, action, release, dry, reasons = [] } = change
    if (definition !== undefined) steps = definition.rollout?.steps ?? []
    if (action === undefined) continue
    const to = action === 'begin' ? 0 : action === 'promote' ? step + 1 : step
    if (dry === undefined) step = to
    const weight =
      action === 'begin' || action === 'promote' || action === 'resume' ? (steps[to]?.weight ?? 1) : undefined
    const findings = reasons.map(reasonWords).join('; ')
    said.set(change, `${stepWords({ action, release, dry }, weight)}${findings === '' ? '' : `; ${findings}`}`)
  }
  return said
}

import type { RolloutAction } from '@assay/core/control/record'
import type { Canary } from '@assay/query-api/canary/reply'
import { reasonWords } from '@assay/query-api/canary/words'
import { percent } from '../style.js'

/** What share of users has it, as people say. */
export const shareWords = (weight: number) => (weight === 1 ? 'everybody' : percent(weight))

interface Step {
  action: RolloutAction
  release?: string | null | undefined
  dry?: true | undefined
}

/** A step of a rollout, and what the weight became by it where that is known. */
export function stepWords({ action, release, dry }: Step, weight?: number): string {
  const to = weight === undefined ? '' : ` ${action === 'promote' ? 'to' : 'at'} ${shareWords(weight)}`
  const said: Record<RolloutAction, string> = {
    begin: `rollout begun${to}${release ? `, release ${release}` : ''}`,
    promote: `promoted${to}`,
    suspend: 'suspended',
    resume: `resumed${to}`,
    pause: 'paused',
    rollback: 'rolled back',
  }
  return `${dry ? 'only told: ' : ''}${said[action]}`
}

/** The verdict, and what it means where the rollout stands. */
export function verdictWords({ verdict, decision, stage, health }: Canary): string {
  if (stage === 'rolled-back') return 'unhealthy: rolled back, nobody has it'
  if (stage === 'suspended') return 'unhealthy: suspended, nobody has it for now'
  if (verdict === 'unhealthy') return `unhealthy: it asks for a ${decision === 'rollback' ? 'rollback' : 'suspension'}`
  if (stage === 'done') return 'healthy: everybody has it'
  if (verdict === 'healthy') return `healthy${decision === 'promote' ? ': it may go on' : ''}`
  if (stage === 'ended') return 'none: the test has ended'
  if (health === 'unknown') return 'not known'
  return health === 'degraded' ? 'undecided, and it does not look well' : 'undecided: more has to be seen'
}

/** Where a rollout stands. */
export function standWords({ stage, weight }: Pick<Canary, 'stage' | 'weight'>): string {
  if (stage === null) return 'no rollout'
  return stage === 'rolling' || stage === 'paused' ? `${stage} at ${shareWords(weight!)}` : stage.replace('-', ' ')
}

/** A change as a line of a log: where it stands, by whom where that stopped it, how it is and why. */
export function changeWords(canary: Canary): string {
  const { stage, verdict, health, last, reasons } = canary
  const isStopped = stage === 'suspended' || stage === 'rolled-back'
  const own = isStopped && last?.why ? [last.why] : []
  const why = [...own, ...reasons.map(reasonWords)].join('; ')
  const known = health === 'unknown' && verdict === 'insufficient' ? 'not known' : verdict
  const how = isStopped ? ` by ${last?.by}` : stage === 'rolling' || stage === 'paused' ? `, ${known}` : ''
  return `${standWords(canary)}${how.replace('insufficient', 'undecided')}${why === '' ? '' : `: ${why}`}`
}

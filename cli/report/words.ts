import { decidingOf } from '@assay/query-api/analysis/deciding'
import type { Answer, Comparison, Metric, Results } from '@assay/query-api/analysis/reply'

/** What a comparison says, in the words of the report. */
export interface Standing {
  /** Of the whole test: what was told apart only where its metric is asked alone is `inconclusive`. */
  verdict: Comparison['verdict']
  word: string
}

const methods = {
  'any-time': { decides: 'any-time', other: 'single-look' },
  'group-sequential': { decides: 'group-sequential', other: 'any-time' },
  'single-look': { decides: 'single-look', other: 'any-time' },
} as const

/** Names of the method that decides and of the other one. */
export const methodsOf = ({ decision }: Results) => methods[decision.method]

/** The answer that decides and the other one. */
export function answersOf(comparison: Comparison): { decides: Answer; other: Answer } {
  const { method, fixed, anytime } = comparison
  return { decides: decidingOf(comparison), other: method === 'any-time' ? fixed : anytime }
}

export const coverage = ({ decision }: Results): string => `${Number((100 * (1 - decision.alpha)).toPrecision(6))} %`

const reasons: Record<NonNullable<Answer['reason']>, string> = {
  insufficient: 'too little data',
  'no-variance': 'no user differs',
  'zero-baseline': 'the control is 0',
  'out-of-range': 'out of range',
}

export function standingOf(metric: Metric, comparison: Comparison, { decision }: Results): Standing {
  const { verdict, adjusted, guard, method, sequential } = comparison
  const undecided = (word: string): Standing => ({ verdict: 'inconclusive', word })
  if (method === 'group-sequential' && sequential === undefined) return undecided('no look yet')
  const { reason, pValue } = answersOf(comparison).decides
  if (reason !== undefined) return undecided(reasons[reason])
  if (metric.role === 'guardrail') return { verdict, word: guarded(verdict, guard) }
  // A single look before the planned users are in decides nothing.
  const isEarly = method === 'single-look' && pValue !== null && pValue < decision.alpha
  if (verdict === 'inconclusive') return undecided(isEarly ? 'too early' : 'not told apart')
  const holds = adjusted !== undefined && adjusted.pValue < decision.alpha
  return holds ? { verdict, word: verdict } : undecided(`${verdict} alone`)
}

function guarded(verdict: Comparison['verdict'], guard: Comparison['guard']): string {
  if (verdict === 'worse') return 'harmed'
  if (guard?.state === 'safe') return 'within its margin'
  return verdict === 'better' ? 'better' : 'harm not shown'
}

/** The whole of it, in a sentence. */
export function headline({ verdict: { outcome, branch }, control }: Results): string {
  if (outcome === 'better') return `${branch} is better than ${control}.`
  if (outcome === 'worse') return `Keep ${control}: no other branch is better, and each is worse or harms a guardrail.`
  if (outcome === 'invalid') return 'These results cannot be believed.'
  return 'Not decided yet.'
}

/** What a metric is, after its name. */
export function about(metric: Metric, { metrics }: Results): string {
  const { name, kind, event, window, direction, branches } = metric
  const [cap] = branches.flatMap((b) => b.cap ?? [])
  const isAutomatic = name === `${event} conversion` || name === `${event} per user`
  const days = (n: number) => `${n} day${n === 1 ? '' : 's'}`
  const spans = window && (window.from === 0 ? `${days(window.to)}` : `days ${window.from} to ${window.to}`)
  return [
    ...(metric === metrics.find(({ role }) => role === 'metric') ? ['decides the test'] : []),
    event === undefined || isAutomatic ? kind : `${kind} of ${event}`,
    window === undefined ? 'any time after exposure' : `${spans} after exposure`,
    ...(cap === undefined ? [] : [`users count up to ${cap.toLocaleString('en-US', { maximumFractionDigits: 2 })}`]),
    ...(direction === 'down' ? ['lower is better'] : []),
  ].join(' · ')
}

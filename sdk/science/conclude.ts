import { cleanObservation } from './clean.js'
import { equal, sameErrors } from './equal.js'
import type { Helpers } from './helpers.js'
import type { Observation } from './observation.js'
import type { Judging, Reporter } from './options.js'
import { report } from './report.js'
import type { Result } from './result.js'

/** What a run was, before it is judged. */
export type Facts<T> = Pick<Result<T>, 'experiment' | 'id' | 'user' | 'context' | 'observations'>

type Told<T> = Judging<T> & { client?: Reporter; props?: Readonly<Record<string, number>> }

/** Judges a run, reports it, and tells of it. Never rejects. @param props more of them, for the control's event */
export async function conclude<T>(facts: Facts<T>, judging: Told<T>, helpers: Helpers): Promise<Result<T>> {
  const { client, cohort, props = {}, afterRun } = judging
  const result = await judge(facts, judging, helpers)
  const label = cohort && (await helpers.attempt('cohort', () => cohort(result), undefined))
  if (client) await helpers.attempt('report', () => report(client, result, label, props), undefined)
  await tellMismatches(result, judging, helpers)
  if (afterRun) await helpers.attempt('afterRun', () => afterRun(result), undefined)
  return result
}

async function judge<T>(facts: Facts<T>, judging: Judging<T>, helpers: Helpers): Promise<Result<T>> {
  const control = facts.observations.find(({ name }) => name === 'control')!
  const candidates = facts.observations.filter((observation) => observation !== control)
  const verdicts = { matched: [], ignored: [], mismatched: [] } as Record<Verdict, Observation<T>[]>
  for (const candidate of candidates) verdicts[await verdictOf(control, candidate, judging, helpers)].push(candidate)
  return { ...facts, control, candidates, ...verdicts }
}

type Verdict = 'matched' | 'ignored' | 'mismatched'

async function verdictOf<T>(
  control: Observation<T>,
  candidate: Observation<T>,
  { ignore = [], ...judging }: Judging<T>,
  { attempt }: Helpers,
): Promise<Verdict> {
  if (await isMatch(control, candidate, judging, attempt)) return 'matched'
  for (const isKnown of [ignore].flat() as Exclude<typeof ignore, readonly unknown[]>[])
    if (await attempt('ignore', () => isKnown(control, candidate), false)) return 'ignored'
  return 'mismatched'
}

/** Where one returned and the other threw, or took too long, nothing needs to be compared. */
async function isMatch<T>(
  control: Observation<T>,
  candidate: Observation<T>,
  { compare = equal, compareErrors = sameErrors }: Judging<T>,
  attempt: Helpers['attempt'],
): Promise<boolean> {
  if (control.outcome !== candidate.outcome) return false
  if (control.outcome === 'ok')
    // What could not be cleaned has no value to compare.
    return 'value' in candidate && attempt('compare', () => compare(control.value as T, candidate.value as T), false)
  return attempt('compareErrors', () => compareErrors(control.error, candidate.error), false)
}

async function tellMismatches<T>(result: Result<T>, judging: Judging<T>, helpers: Helpers): Promise<void> {
  const { onMismatch, clean } = judging
  if (!onMismatch || !result.mismatched.length) return
  const { experiment, id, user, context } = result
  const control = await cleanObservation(result.control, clean, helpers)
  for (const mismatched of result.mismatched) {
    const candidate = await cleanObservation(mismatched, clean, helpers)
    await helpers.attempt('onMismatch', () => onMismatch({ experiment, id, user, context, control, candidate }), null)
  }
}

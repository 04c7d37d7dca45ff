import type { Canary } from './reply.js'

type Finding = Canary['reasons'][number]
type Counts = Finding['canary']

const words: Record<string, string> = {
  harmful: 'worse than the control',
  suspect: 'seems worse than the control',
  safe: 'no worse than the control',
  'not-shown': 'not shown yet to be no worse',
  'no-data': 'no data yet',
  baking: 'the step has not lasted long enough',
  'too-few-users': 'the canary has had too few users in this step',
  'too-few-requests': 'the canary has had too few requests in this step',
  settling: 'the last step has only just been taken',
  'manual-step': 'a person has to send it on',
  'canary-silent': 'nothing is heard of the canary, though its control has traffic',
  suspended: 'it is tried again soon',
  'tried-again': 'it has been suspended long enough',
  'suspended-by-hand': 'a person suspended it, and has to resume it',
  'suspended-too-often': 'it was suspended too often: a person has to resume it or roll it back',
  'no-guardrails': 'there is no guardrail',
  'out-of-range': 'the policy has a number that cannot be',
  'no-rollout': 'no test of the app has begun a rollout',
  'no-such-test': 'there is no such test',
  'not-told': 'the controller has told nothing yet',
  behind: 'the controller has told nothing of this step yet',
  stale: 'the controller has fallen silent',
  malformed: 'what the controller told cannot be read',
  'store-unavailable': 'the store does not answer',
}

const count = (n: number | null) => (n === null ? '?' : n.toLocaleString('en-US'))
const bad = (counts: NonNullable<Counts>) => `${count(counts.bad)} of ${count(counts.total)} bad`

/** A reason as people say it, with its counts. */
export function reasonWords({ reason, guardrail, canary, control }: Finding): string {
  const said = words[reason] ?? reason.replaceAll('-', ' ')
  const numbers = canary === undefined || control === undefined ? '' : ` (${bad(canary)}, control ${bad(control)})`
  return `${guardrail === undefined ? '' : `${guardrail}: `}${said}${numbers}`
}

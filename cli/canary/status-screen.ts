import { isDeepStrictEqual } from 'node:util'
import type { Canary } from '@assay/query-api/canary/reply'
import { reasonWords } from '@assay/query-api/canary/words'
import type { Defined } from '@assay/query-api/schemas'
import { count, field, paint, percent, plain, shellWord, wrap } from '../style.js'
import { evidenceTable } from './evidence.js'
import { shareWords, standWords, stepWords, verdictWords } from './words.js'

const WIDTH = 78
const BAR = 40
const colour = { healthy: 'green', unhealthy: 'red', insufficient: 'yellow' } as const

/** A canary for who has to decide about it now. `now` is in Unix milliseconds. */
export function statusScreen(canary: Canary, test: Defined | null, now: number): string {
  const { app, testId, stage, release, attempt, verdict, guardrails } = canary
  const title = paint('bold', testId === null ? app : `${app} / ${testId}`)
  if (test === null || stage === null) return [`${title}   no rollout`, ...findings(canary), ...next(canary)].join('\n')
  const tries = [
    ...(release === null ? [] : [`release ${plain(release)}`]),
    ...(attempt! > 1 ? [`attempt ${attempt}`] : []),
  ]
  const dry = test.definition.rollout?.dryRun ? ['dry run'] : []
  const evidence = evidenceTable(guardrails)
  return [
    [title, standWords(canary), ...tries, ...dry].join('   '),
    ...path(canary, test),
    '',
    `Verdict: ${paint(['bold', colour[verdict]], verdictWords(canary))}`,
    ...findings(canary),
    '',
    ...evidence,
    ...(evidence.length > 0 ? [''] : []),
    ...facts(canary, test, now),
    ...next(canary),
  ].join('\n')
}

/** Who has it now, and the policy's steps. */
function path({ weight, stage, step }: Canary, { definition }: Defined): string[] {
  const canary = definition.branches.find(({ name }) => name !== definition.control)!.name
  const full = Math.round(BAR * weight!)
  // Few are not nobody, and most are not all.
  const filled = Math.min(weight! < 1 ? BAR - 1 : BAR, Math.max(weight! > 0 ? 1 : 0, full))
  const bar = `${paint('cyan', '█'.repeat(filled))}${paint('dim', '░'.repeat(BAR - filled))}`
  const users = weight === 0 ? 'nobody has' : weight === 1 ? 'everybody has' : `${shareWords(weight!)} have`
  const weights = [...(definition.rollout?.steps ?? []).map((one) => one.weight), 1]
  const marks = weights.map(
    (one, i) => `${i < step! || stage === 'done' ? '✓' : i === step ? '●' : '○'} ${shareWords(one)}`,
  )
  const all = marks.join('  ')
  const short = `step ${step! + 1} of ${weights.length}`
  return [`${bar}  ${users} ${plain(canary)}`, paint('dim', all.length <= WIDTH ? all : short)]
}

const findings = ({ reasons }: Canary) =>
  reasons.flatMap((one) => wrap(plain(reasonWords(one)), WIDTH - 2).map((line, i) => `${i === 0 ? '·' : ' '} ${line}`))

/** What it is made of, and how it came to that. */
function facts(canary: Canary, { rollout }: Defined, now: number): string[] {
  const { users, requests, userErrors, asOf } = canary
  const age = (time: string) => ageWords(now - Date.parse(time))
  const utc = (time: string) => `${time.slice(0, 19).replace('T', ' ')} UTC`
  const numbers = [
    ...(users === null ? [] : [`${count(users)} users`]),
    ...(requests === null ? [] : [`${count(requests)} requests`]),
  ]
  const { last, since, weight, suspensions } = rollout!
  const moves = last.dry === undefined && ['begin', 'promote', 'resume'].includes(last.action)
  // Where they are the reasons of the verdict as well, they were said.
  const isSaid = isDeepStrictEqual(last.reasons, canary.reasons)
  const why = [...(last.why ? [last.why] : []), ...(isSaid ? [] : last.reasons.map(reasonWords))].join('; ')
  const said: [string, string | false][] = [
    ['seen', numbers.length > 0 && `${numbers.join(', ')} of the canary at this weight`],
    ['callers', Boolean(userErrors?.canary.total) && callersWords(userErrors!)],
    ['as of', asOf !== null && `${age(asOf)} ago, ${utc(asOf)}`],
    ['weight', `${percent(weight)} for ${age(since)}, since ${utc(since)}`],
    ['last step', `${stepWords(last, moves ? weight : undefined)} by ${last.by}, ${age(last.at)} ago, ${utc(last.at)}`],
    ['', why],
    ['suspended', suspensions > 0 && `${suspensions === 1 ? 'once' : `${suspensions} times`} in this attempt`],
  ]
  return said.flatMap(([label, text]) => (text ? field(label, text) : []))
}

function ageWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** What a person may do, where nothing will happen by itself. */
function next({ app, testId, stage }: Canary): string[] {
  const steps: Partial<Record<NonNullable<Canary['stage']>, string>> = {
    paused: 'resume',
    'rolled-back': 'start',
  }
  const step = stage === null ? 'start' : steps[stage]
  if (step === undefined) return []
  const command = `assay canary ${step} ${shellWord(app)} ${testId === null ? 'TEST' : shellWord(testId)}`
  return ['', `Next: ${paint('bold', command)}`]
}

/** What is told of callers' errors, which are nobody's fault here. */
function callersWords({ canary, control }: NonNullable<Canary['userErrors']>): string {
  const share = ({ bad, total }: typeof canary) => (total ? percent(bad! / total) : '–')
  return `${share(canary)} of requests failed by the caller’s fault, ${share(control)} in the control`
}

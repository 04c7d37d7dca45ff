import type { Definitions } from '@assay/core/control/definitions'
import { type Ask, study, valuesOf } from '@assay/moments/study'
import { adjusted, resultsOf } from '../analysis/results.js'
import type { Subject } from '../analysis/subject.js'
import type { Reads } from '../reads.js'
import type { Breakdown } from './reply.js'
import { type Asked, asSnapshot, planned, studyOf, subjectNow } from './subject-now.js'

export interface BreakdownQuestion extends Asked {
  prop: string
  /** Values at the most, those that most users have. */
  values: number
}

/** What matters of a value's own warnings. */
const OF_A_VALUE = new Set(['sample-ratio-mismatch', 'few-users', 'one-branch'])

/** Results of each value of a prop by itself, p-values adjusted for all that is asked at once. */
export async function readBreakdown(
  ask: Ask,
  reads: Reads,
  definitions: Definitions,
  asked: BreakdownQuestion,
  now: number,
): Promise<Breakdown> {
  const { app, testId, prop } = asked
  const subject = await subjectNow(reads, definitions, asked, now)
  const question = studyOf(subject, planned(subject), now)
  const all = await valuesOf(ask, question, prop)
  const known = all.filter(({ value }) => value !== '')
  const taken = known.slice(0, asked.values)
  const rows =
    taken.length === 0 ? [] : await study(ask, { ...question, by: { prop, values: taken.map((v) => v.value) } })
  const found = taken.map((value) => {
    const own = rows.filter((row) => row.test === value.value)
    return { ...value, ...ofValue(subject, asSnapshot(own, now)) }
  })
  const metrics = adjusted(found.flatMap((value) => value.metrics))
  const each = found[0]?.metrics.length ?? 0
  const users = (of: typeof all) => of.reduce((sum, value) => sum + value.users, 0)
  return {
    ...{ app, testId, prop },
    asOf: new Date(now).toISOString(),
    control: subject.control,
    decision: subject.decision,
    values: found.map((value, i) => ({ ...value, metrics: metrics.slice(i * each, (i + 1) * each) })),
    others: { values: known.length - taken.length, users: users(known.slice(taken.length)) },
    without: users(all.filter(({ value }) => value === '')),
    warnings: warningsOf(prop, found, metrics.length),
  }
}

function ofValue(subject: Subject, rows: ReturnType<typeof asSnapshot>) {
  const { branches, srm, metrics, warnings } = resultsOf(subject, rows, { bayes: false, usersPerDay: null, looks: [] })
  return { branches, srm, metrics, warnings: warnings.filter(({ code }) => OF_A_VALUE.has(code)) }
}

function warningsOf(prop: string, values: readonly { users: number; late: number }[], questions: number) {
  const late = values.reduce((sum, value) => sum + value.late, 0)
  const users = values.reduce((sum, value) => sum + value.users, 0)
  const slicing = `Who asks ${questions} questions finds differences that are none; adjusted p-values allow for all of these. What is found only here is a hypothesis for another test.`
  const afterwards = `${late} of ${users} users had no ${prop} up to their exposure, and count by what came later, which the branch may have changed: believe values whose users are shared as meant.`
  return [
    ...(values.length > 1 ? [{ code: 'slicing', message: slicing }] : []),
    ...(late > 0 ? [{ code: 'prop-late', message: afterwards }] : []),
  ]
}

import { isEarly } from './early.js'
import type { Results } from './reply.js'
import type { SnapshotRow } from './snapshot.js'
import type { Subject } from './subject.js'

type Found = Omit<Results, 'warnings' | 'verdict'>
type Warning = Results['warnings'][number]

/** Fewer users than this in a branch, and the normal approximation behind the intervals is doubtful. */
const FEW_USERS = 100
const DAY = 86_400_000

/** What a reader should know before believing the results. */
export function warningsOf(found: Found, subject: Subject, rows: readonly SnapshotRow[]): Warning[] {
  return [
    ...sampleRatio(found, subject),
    ...when(
      rows.some((row) => row.event === '' && row.inferred === 1),
      'users-inferred',
      'No $exposure was sent: users count from their first event in the test, so users who did nothing are missing.',
    ),
    ...looks(found, subject, rows),
    ...weeks(found, subject),
    ...when(
      found.crossover.users > 0,
      'crossover',
      `${found.crossover.users} users were seen in more than one branch; each counts in the first.`,
    ),
    ...people(found),
    ...found.imbalance.flatMap(({ ok, metric, branch }) =>
      when(
        !ok,
        'imbalance',
        `${metric}: users of ${branch} differed from the control’s before they were exposed, which no test can have caused.`,
      ),
    ),
    ...numbers(found, subject),
  ]
}

const when = (isSo: boolean, code: string, message: string): Warning[] => (isSo ? [{ code, message }] : [])

function sampleRatio({ branches, decision, srm }: Found, { definition }: Subject): Warning[] {
  const shares = branches.map((b) => `${b.branch} ${b.users}`).join(', ')
  const { pValue } = decision.method === 'any-time' ? srm.anytime : srm
  const expected =
    definition === undefined ? 'Equal shares of users were expected' : 'Users were to be shared by the weights'
  return when(
    !srm.ok,
    'sample-ratio-mismatch',
    `${expected}, ${shares} came (p = ${pValue.toPrecision(2)}): something sorts users unevenly, and comparisons may be biased by it.`,
  )
}

/** Of users who are known by several ids. */
function people({ identified }: Found): Warning[] {
  const { users, differing, shared } = identified
  return [
    ...when(
      differing > 0,
      'identified-differ',
      `${differing} of ${users} users known by several ids saw different branches under them, as on two devices, which blurs the difference. Assign by an id that users keep.`,
    ),
    ...when(
      shared > 0,
      'identified-shared',
      `${shared} users have an id that was linked to somebody else later, as on a shared computer; all that is done under it counts for the first.`,
    ),
  ]
}

/** Of looks that are not those that were planned. */
function looks({ decision, metrics }: Found, subject: Subject, rows: readonly SnapshotRow[]): Warning[] {
  const tempting = metrics.filter(({ comparisons }) =>
    comparisons.some(({ fixed, verdict }) => verdict === 'inconclusive' && (fixed.pValue ?? 1) < decision.alpha),
  )
  return [
    ...when(
      isEarly(subject, rows),
      'early-look',
      `A single look was planned, at ${decision.plannedUsers} users of the control and a branch: until then nothing is decided, since looking early finds differences that are none.`,
    ),
    ...when(
      decision.method !== 'single-look' && tempting.length > 0,
      'peeking',
      `${tempting.map(({ name }) => name).join(', ')}: a test made for a single look would decide now. Who stops at such a moment finds differences that are none; the verdict allows for looking.`,
    ),
  ]
}

/** People differ by weekday; a whole number of weeks has all of them alike. */
function weeks({ asOf, metrics }: Found, { phases, decision }: Subject): Warning[] {
  const [first] = phases
  const end = phases.at(-1)?.to ?? Date.parse(asOf)
  const isDecided = metrics.some(({ comparisons }) => comparisons.some(({ verdict }) => verdict !== 'inconclusive'))
  if (first === undefined || !isDecided) return []
  const days = (end - first.from) / DAY
  const over = days % 7
  const isWhole = days > 6.5 && (over < 0.5 || over > 6.5 || days > 28)
  return when(
    !isWhole && decision.method !== 'single-look',
    'partial-week',
    `The test has run for ${days.toFixed(1)} days: weekdays do not count alike, which matters where people do other things on other days.`,
  )
}

function numbers({ branches, metrics }: Found, subject: Subject): Warning[] {
  // What the verdict says of a test without users is all there is to say.
  if (branches.every((b) => b.users === 0)) return []
  const few = branches.filter((b) => b.users < FEW_USERS).map((b) => b.branch)
  const missing = subject.metrics.filter(({ metric }) => !metrics.some(({ name }) => name === metric.name))
  return [
    ...when(
      branches.filter((b) => b.users > 0).length < 2,
      'one-branch',
      'Only one branch has users: there is nothing to compare.',
    ),
    ...when(few.length > 0, 'few-users', `Fewer than ${FEW_USERS} users in ${few.join(', ')}: intervals are rough.`),
    ...when(
      missing.length > 0,
      'metrics-pending',
      `Not computed yet: ${missing.map(({ metric }) => metric.name).join(', ')}.`,
    ),
    ...when(
      missing.length === 0 && metrics.length === 0,
      'no-events',
      'No event but exposures came from the users of this test.',
    ),
  ]
}

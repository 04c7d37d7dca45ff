import type { Results } from './reply.js'
import type { Subject } from './subject.js'

/** Fewer users than this in a branch, and the normal approximation behind the intervals is doubtful. */
const FEW_USERS = 100

/** What a reader should know before believing the results. */
export function warningsOf(
  { branches, decision, srm, crossover, identified, metrics, imbalance }: Omit<Results, 'warnings' | 'verdict'>,
  subject: Subject,
  inferred: boolean,
): Results['warnings'] {
  const warnings: Results['warnings'] = []
  const warn = (code: string, message: string) => warnings.push({ code, message })
  const shares = branches.map((b) => `${b.branch} ${b.users}`).join(', ')
  if (!srm.ok) {
    const { pValue } = decision.method === 'any-time' ? srm.anytime : srm
    const expected =
      subject.definition === undefined
        ? 'Equal shares of users were expected'
        : 'Users were to be shared by the weights'
    warn(
      'sample-ratio-mismatch',
      `${expected}, ${shares} came (p = ${pValue.toPrecision(2)}): something sorts users unevenly, and comparisons may be biased by it.`,
    )
  }
  if (inferred) {
    warn(
      'users-inferred',
      'No $exposure was sent: users count from their first event in the test, so users who did nothing are missing.',
    )
  }
  if (crossover.users > 0) {
    warn('crossover', `${crossover.users} users were seen in more than one branch; each counts in the first.`)
  }
  if (identified.differing > 0) {
    warn(
      'identified-differ',
      `${identified.differing} of ${identified.users} users known by several ids saw different branches under them, as on two devices, which blurs the difference. Assign by an id that users keep.`,
    )
  }
  if (identified.shared > 0) {
    warn(
      'identified-shared',
      `${identified.shared} users have an id that was linked to somebody else later, as on a shared computer; all that is done under it counts for the first.`,
    )
  }
  const uneven = imbalance.filter(({ ok }) => !ok)
  for (const { metric, branch } of uneven)
    warn(
      'imbalance',
      `${metric}: users of ${branch} differed from the control’s before they were exposed, which no test can have caused.`,
    )
  const peopled = branches.filter((b) => b.users > 0)
  if (peopled.length < 2) warn('one-branch', 'Only one branch has users: there is nothing to compare.')
  const few = branches.filter((b) => b.users < FEW_USERS).map((b) => b.branch)
  if (few.length > 0) warn('few-users', `Fewer than ${FEW_USERS} users in ${few.join(', ')}: intervals are rough.`)
  const missing = subject.metrics.filter(({ metric }) => !metrics.some(({ name }) => name === metric.name))
  if (missing.length > 0)
    warn('metrics-pending', `Not computed yet: ${missing.map(({ metric }) => metric.name).join(', ')}.`)
  else if (metrics.length === 0) warn('no-events', 'No event but exposures came from the users of this test.')
  return warnings
}

import { decidingOf, outcomeOf } from './deciding.js'
import type { Comparison, Metric, Results } from './reply.js'

type Found = Omit<Results, 'warnings' | 'verdict'>
type Verdict = Results['verdict']

/**
 * What to do, in words: by the first metric, which was chosen before the start, or by all of them where nobody chose any;
 * p-values are adjusted for all metrics and branches. Unless users are not shared as meant, or a guardrail is harmed;
 * guardrails without any metric decide alone.
 */
export function verdictOf(found: Found, isChosen: boolean): Verdict {
  if (!found.srm.ok)
    return {
      outcome: 'invalid',
      branch: null,
      reasons: ['Users are not shared between the branches as meant: find out why before believing any difference.'],
    }
  if (found.branches.every(({ users }) => users === 0)) return undecided('No users yet.', ...draft(found))
  const asked = found.metrics.filter(({ role }) => role === 'metric')
  if (asked.length === 0 && found.metrics.length > 0) return byGuardrails(found)
  const deciding = isChosen ? asked.slice(0, 1) : asked
  const comparisons = deciding.flatMap((metric) => metric.comparisons)
  const branches = [...new Set(comparisons.map(({ branch }) => branch))]
  if (branches.length === 0) return undecided('There is nothing to compare yet.')
  const harmed = harmedBy(found)
  const outcomes = new Map(
    branches.map((branch) => {
      const own = comparisons.filter((comparison) => comparison.branch === branch)
      return [branch, harmed.has(branch) ? 'worse' : joint(own, found)] as const
    }),
  )
  const reasons = [...(isChosen ? sentences(deciding, found) : toldApart(deciding, found)), ...guardrails(found)]
  const better = comparisons.filter((comparison) => {
    const isSo = outcomeOf(comparison, found.decision.alpha) === 'better'
    return isSo && outcomes.get(comparison.branch) === 'better'
  })
  // Of one metric the greatest effect; effects on several do not compare, so the surest.
  const [best] = better.sort((a, b) =>
    isChosen ? Math.abs(b.effect!) - Math.abs(a.effect!) : a.adjusted!.lnP - b.adjusted!.lnP,
  )
  if (best !== undefined) return { outcome: 'better', branch: best.branch, reasons }
  return [...outcomes.values()].every((outcome) => outcome === 'worse')
    ? { outcome: 'worse', branch: null, reasons }
    : undecided(...reasons, ...waiting(deciding))
}

/** Of a test without metrics: what must not get worse can speak against a branch, and never for one. */
function byGuardrails(found: Found): Verdict {
  const branches = new Set(found.metrics.flatMap(({ comparisons }) => comparisons.map(({ branch }) => branch)))
  if (branches.size === 0) return undecided('There is nothing to compare yet.')
  const reasons = guardrails(found)
  return harmedBy(found).size === branches.size
    ? { outcome: 'worse', branch: null, reasons }
    : undecided(...reasons, 'Guardrails alone can find a branch worse, never better.')
}

const undecided = (...reasons: string[]): Verdict => ({ outcome: 'undecided', branch: null, reasons })

const draft = ({ definition }: Found) =>
  definition?.stage === 'draft' ? ['The test is a draft: users are in it once it is started.'] : []

/** What metrics say of one branch together: nothing where they contradict each other. */
function joint(comparisons: readonly Comparison[], { decision }: Found): Comparison['verdict'] {
  const said = new Set(comparisons.map((comparison) => outcomeOf(comparison, decision.alpha)))
  if (said.has('better') === said.has('worse')) return 'inconclusive'
  return said.has('better') ? 'better' : 'worse'
}

const sentences = (metrics: readonly Metric[], found: Found) =>
  metrics.flatMap((metric) => metric.comparisons.map((comparison) => sentence(metric, comparison, found)))

/** Of many metrics those that tell something. */
function toldApart(metrics: readonly Metric[], found: Found): string[] {
  const telling = metrics.map((metric) => ({
    ...metric,
    comparisons: metric.comparisons.filter(
      (comparison) => outcomeOf(comparison, found.decision.alpha) !== 'inconclusive',
    ),
  }))
  const reasons = sentences(telling, found)
  return reasons.length > 0 ? reasons : [`No branch is told apart from ${found.control} in any metric.`]
}

/** Branches of which a guardrail got worse. */
const harmedBy = ({ metrics }: Found) =>
  new Set(
    metrics
      .filter(({ role }) => role === 'guardrail')
      .flatMap(({ comparisons }) =>
        comparisons.filter(({ verdict }) => verdict === 'worse').map(({ branch }) => branch),
      ),
  )

function sentence(metric: Metric, comparison: Comparison, found: Found): string {
  const { branch, effect, relative } = comparison
  const outcome = outcomeOf(comparison, found.decision.alpha)
  const { ci, relativeCi } = decidingOf(comparison)
  const head = `${branch} is ${outcome === 'inconclusive' ? 'not told apart from' : `${outcome} than`} ${found.control} in ${metric.name}`
  const level = `${Number((100 * (1 - found.decision.alpha)).toPrecision(6))} %`
  if (relative !== null && relativeCi !== null)
    return `${head}: ${percent(relative)}, ${level} interval ${percent(relativeCi[0])} to ${percent(relativeCi[1])}.`
  if (effect !== null && ci !== null)
    return `${head}: ${signed(effect)}, ${level} interval ${signed(ci[0])} to ${signed(ci[1])}.`
  return `${head}: too little is known.`
}

function guardrails({ metrics, control }: Found): string[] {
  return metrics
    .filter(({ role }) => role === 'guardrail')
    .flatMap(({ name, comparisons }) =>
      comparisons.map(({ branch, verdict, guard }) => {
        if (verdict === 'worse') return `${branch} harms ${name}, a guardrail, against ${control}.`
        if (guard?.state === 'safe')
          return `${branch} holds ${name} within its margin of ${percent(guard.margin).slice(1)}.`
        return `${branch} is not shown to harm ${name}, nor to hold it.`
      }),
    )
}

function waiting(deciding: readonly Metric[]): string[] {
  const days = deciding.flatMap(({ comparisons }) => comparisons.flatMap(({ days }) => days ?? []))
  if (days.length === 0) return []
  const most = Math.ceil(Math.max(...days))
  return [
    most === 0
      ? 'The sample planned is in.'
      : `About ${most} more day${most === 1 ? '' : 's'} at this traffic, if it goes on so.`,
  ]
}

const sign = (x: number) => (x < 0 ? '−' : '+')
const percent = (x: number) => `${sign(x)}${Math.abs(x * 100).toFixed(1)} %`
const signed = (x: number) => `${sign(x)}${Number(Math.abs(x).toPrecision(4))}`

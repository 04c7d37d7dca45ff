import { decidingOf } from './deciding.js'
import type { Comparison, Metric, Results } from './reply.js'

type Found = Omit<Results, 'warnings' | 'verdict'>
type Verdict = Results['verdict']

/**
 * What to do, in words: by the first metric, which was chosen before the start, its p-values adjusted for all metrics and
 * branches; unless users are not shared as meant, or a guardrail is harmed.
 */
export function verdictOf(found: Found): Verdict {
  if (!found.srm.ok)
    return {
      outcome: 'invalid',
      branch: null,
      reasons: ['Users are not shared between the branches as meant: find out why before believing any difference.'],
    }
  const [primary] = found.metrics.filter(({ role }) => role === 'metric')
  if (primary === undefined || primary.comparisons.length === 0)
    return { outcome: 'undecided', branch: null, reasons: ['There is nothing to compare yet.'] }
  const harmed = harmedBy(found)
  const sound = primary.comparisons.filter(({ branch }) => !harmed.has(branch))
  const better = sound.filter((comparison) => outcomeOf(comparison, found) === 'better')
  const [best] = better.sort((a, b) => Math.abs(b.effect!) - Math.abs(a.effect!))
  const reasons = [
    ...primary.comparisons.map((comparison) => sentence(primary, comparison, found)),
    ...guardrails(found),
  ]
  if (best !== undefined) return { outcome: 'better', branch: best.branch, reasons }
  const isWorse = ({ branch, ...rest }: Comparison) =>
    harmed.has(branch) || outcomeOf({ branch, ...rest }, found) === 'worse'
  const worse = primary.comparisons.every(isWorse)
  return worse
    ? { outcome: 'worse', branch: null, reasons }
    : { outcome: 'undecided', branch: null, reasons: [...reasons, ...waiting(primary)] }
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

function outcomeOf({ verdict, adjusted }: Comparison, { decision }: Found): Comparison['verdict'] {
  return adjusted !== undefined && adjusted.pValue < decision.alpha ? verdict : 'inconclusive'
}

function sentence(metric: Metric, comparison: Comparison, found: Found): string {
  const { branch, effect, relative } = comparison
  const outcome = outcomeOf(comparison, found)
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

function waiting({ comparisons }: Metric): string[] {
  const days = comparisons.flatMap(({ days }) => days ?? [])
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

import { confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { posterior } from '@assay/stats/bayes/posterior'
import { type Evidence, noEvidence, observe } from '@assay/stats/canary/guardrail'
import { lnHarm } from '@assay/stats/canary/rollback'
import type { Closed } from '@assay/stats/canary/stratum'
import { difference } from '@assay/stats/effect/difference'
import { lift } from '@assay/stats/effect/lift'
import { mean } from '@assay/stats/estimate/mean'
import { tTest } from '@assay/stats/fixed/t-test'
import { sampleRatio } from '@assay/stats/health/sample-ratio'
import { sequentialSampleRatio } from '@assay/stats/health/sequential-sample-ratio'
import type { Moments } from '@assay/stats/moments'
import { holm } from '@assay/stats/multiplicity/holm'
import { below, type Figure, median } from './measure.js'

const METRICS = 20
const BRANCHES = 4
const ROUNDS = 200

/** All that a page of results asks by default: 20 metrics of 4 branches, each against the control, and the test's health. */
export async function statistics(): Promise<Figure> {
  const times: number[] = []
  let answers = 0
  for (let round = 0; round < ROUNDS; round++) {
    const metrics = Array.from({ length: METRICS }, (_, metric) => branchesOf(metric, round))
    const started = performance.now()
    answers += page(metrics)
    times.push(performance.now() - started)
  }
  if (answers !== ROUNDS * METRICS * (BRANCHES - 1))
    throw new Error(`expected an answer to each comparison, got ${answers}`)
  return below(
    `${METRICS} metrics × ${BRANCHES} branches, every default method, median of ${ROUNDS}`,
    median(times),
    'ms',
    5,
  )
}

/** Four branches a little apart, never twice the same. */
function branchesOf(metric: number, round: number): Moments[] {
  return Array.from({ length: BRANCHES }, (_, branch) => {
    const n = 10_000 + 97 * round + branch
    return { n, mean: 1 + metric + branch / 200, m2: n * (1 + metric / 3) }
  })
}

function page(metrics: readonly Moments[][]): number {
  const users = metrics[0]!.map((branch) => branch.n)
  sampleRatio(
    users,
    users.map(() => 1),
  )
  sequentialSampleRatio([{ users, weights: users.map(() => 1) }])
  const lnPs = metrics.flatMap((branches) => {
    const [control, ...treatments] = branches.map(mean)
    return treatments.map((treatment) => {
      const [effect, relative] = [difference(control!, treatment), lift(control!, treatment)]
      const answers = [effect, relative].map((e) => [tTest(e), confidenceSequence(e), posterior(e)] as const)
      const [fixed] = answers[0]!
      return fixed.kind === 'none' ? null : fixed.lnP
    })
  })
  return holm(lnPs).filter((lnP) => lnP !== null).length
}

const STRATA = 1_000_000

/** A guardrail of a canary through a million strata: all its evidence, for suspending, rolling back and promoting. */
export async function canary(): Promise<Figure> {
  const limits = { margin: 0.5, floor: 0.001 }
  const times = [0, 1, 2].map((round) => {
    let evidence: Evidence = noEvidence
    const started = performance.now()
    for (let i = 0; i < STRATA; i++) evidence = observe(evidence, closed(i + round), limits)
    const took = performance.now() - started
    if (!(lnHarm(evidence.harm) < 0)) throw new Error(`expected a healthy canary, got ln e = ${lnHarm(evidence.harm)}`)
    return took
  })
  return below(
    `${STRATA.toLocaleString('en-US')} strata of a canary, all evidence, median of 3`,
    median(times) / 1000,
    's',
    5,
  )
}

/** Ten seconds at 500 requests a second, a twentieth of them to the canary; a block each sixth. */
function closed(i: number): Closed {
  const bad = 40 + (i % 21)
  const counts = { control: { total: 4750, bad }, canary: { total: 250, bad: i % 5 } }
  return { requests: counts, users: counts, ...(i % 6 === 0 ? { block: counts } : {}) }
}

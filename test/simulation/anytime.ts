import type { Bounds } from '@assay/stats/anytime/brownian'
import { type ConfidenceSequence, confidenceSequence } from '@assay/stats/anytime/confidence-sequence'
import { groupSequentialBounds, pocock } from '@assay/stats/anytime/group-sequential'
import { linearTest } from '@assay/stats/anytime/linear'
import type { None } from '@assay/stats/none'
import { studentQuantile } from '@assay/stats/tail/student'
import { seeded } from '../support/random.js'

export type Random = () => number

/** A user's value of a metric whose mean is 0 and whose variance is 1, but for `shift`. */
export type Draw = (random: Random) => number

const scaled =
  (draw: Draw, mean: number, sd: number): Draw =>
  (random) =>
    (draw(random) - mean) / sd

/** Standard normal, by Box and Muller's transformation. */
export const normal: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const rate = (p: number) => scaled((random) => (random() < p ? 1 : 0), p, Math.sqrt(p * (1 - p)))

/** exp of a normal of that standard deviation: of 1.5, a skewness of 33. */
const logNormal = (sd: number) =>
  scaled(
    (random) => Math.exp(sd * normal(random)),
    Math.exp(sd ** 2 / 2),
    Math.sqrt(Math.expm1(sd ** 2) * Math.exp(sd ** 2)),
  )

export const metrics: Record<string, Draw> = {
  normal,
  'Bernoulli, p = 0.5': rate(0.5),
  'Bernoulli, p = 0.05': rate(0.05),
  'Bernoulli, p = 0.02': rate(0.02),
  'Bernoulli, p = 0.005': rate(0.005),
  'log-normal, σ = 1': logNormal(1),
  'log-normal, σ = 1.5': logNormal(1.5),
}

/** The z-score that rejects at each look, by the number of users so far; infinite where a method does not look. */
export type Boundary = Float64Array

type Ends = ConfidenceSequence | None
const reachAt = (infer: (n: number) => Ends) => (n: number) => (infer(n) as ConfidenceSequence).ci[1]
const unit = (n: number) => ({ kind: 'effect', value: 0, standardError: 1, df: Math.max(1, n - 2), n }) as const

function boundary(users: number, from: number, z: (n: number) => number): Boundary {
  return Float64Array.from({ length: users + 1 }, (_, n) => (n < from ? Infinity : z(n)))
}

/** The boundaries of every method over that many users, the sequences sharpest there, none looking before `from`. */
export function boundaries(users: number, from = 4): Record<string, Boundary> {
  const bounds = (spending = {}) => {
    const looks = groupSequentialBounds([0.2, 0.4, 0.6, 0.8, 1], spending) as readonly Bounds[]
    return new Map(looks.map(({ information, upper }) => [Math.round(information * users), upper]))
  }
  const [obrienFleming, withPocock] = [bounds(), bounds({ spending: pocock })]
  const tuned = { planned: users }
  return {
    'confidence sequence': boundary(
      users,
      from,
      reachAt((n) => confidenceSequence(unit(n), tuned)),
    ),
    'the same, planned for a tenth': boundary(
      users,
      from,
      reachAt((n) => confidenceSequence(unit(n), { planned: users / 10 })),
    ),
    'linear test': boundary(
      users,
      from,
      reachAt((n) => linearTest(unit(n), tuned)),
    ),
    'group sequential, five looks, O’Brien–Fleming': boundary(users, from, (n) => obrienFleming.get(n) ?? Infinity),
    'group sequential, five looks, Pocock': boundary(users, from, (n) => withPocock.get(n) ?? Infinity),
    't-test at the end': boundary(users, users, () => studentQuantile(0.025, users - 2)),
    't-test, peeked at': boundary(users, from, (n) => studentQuantile(0.025, n - 2)),
  }
}

/** The one-sided sequence's boundary. */
export const oneSided = (users: number, from = 4): Boundary =>
  boundary(
    users,
    from,
    reachAt((n) => confidenceSequence(unit(n), { planned: users, alternative: 'less' })),
  )

export interface Path {
  readonly users: number
  readonly draw: Draw
  /** The treatment's mean less the control's, in standard deviations. */
  readonly shift?: number
  /** Share of users in the treatment, drawn at random; else branches take turns. */
  readonly share?: number
  /** The variance is never below the pooled one, as `pooledIfWider` has it. */
  readonly pooled?: boolean
}

/** Z-scores of the treatment against the control, after each user. */
export function zScores(random: Random, { users, draw, shift = 0, share, pooled = false }: Path): Float64Array {
  const z = new Float64Array(users + 1)
  const [n, mean, m2] = [new Float64Array(2), new Float64Array(2), new Float64Array(2)]
  for (let user = 1; user <= users; user++) {
    const branch = share === undefined ? user % 2 : random() < share ? 1 : 0
    const value = draw(random) + (branch === 1 ? shift : 0)
    const delta = value - mean[branch]!
    n[branch]!++
    mean[branch]! += delta / n[branch]!
    m2[branch]! += delta * (value - mean[branch]!)
    const [c, t, cc, tt] = [n[0]!, n[1]!, m2[0]!, m2[1]!]
    if (c < 2 || t < 2) continue
    const own = cc / (c - 1) / c + tt / (t - 1) / t
    const variance = pooled ? Math.max(own, ((cc + tt) / (c + t - 2)) * (1 / c + 1 / t)) : own
    if (variance > 0) z[user] = (mean[1]! - mean[0]!) / Math.sqrt(variance)
  }
  return z
}

/** The number of users at which a path first passes its boundary, or Infinity. */
export function crossed(z: Float64Array, boundary: Boundary, sides: 1 | 2 = 2): number {
  for (let n = 4; n < z.length; n++) if ((sides === 2 ? Math.abs(z[n]!) : z[n]!) > boundary[n]!) return n
  return Infinity
}

export interface Simulated {
  readonly runs: number
  readonly seed: number
}

/** When each method stopped in each run. */
export function stops(
  { runs, seed }: Simulated,
  path: Path,
  methods: Record<string, Boundary>,
): Record<string, number[]> {
  const random = seeded(seed)
  const found: Record<string, number[]> = Object.fromEntries(Object.keys(methods).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    const z = zScores(random, path)
    for (const [name, boundary] of Object.entries(methods)) found[name]!.push(crossed(z, boundary))
  }
  return found
}

/** Runs in which a one-sided sequence rejected a true null. */
export function oneSidedStops({ runs, seed }: Simulated, path: Path): number {
  const random = seeded(seed)
  const limit = oneSided(path.users)
  let wrong = 0
  for (let run = 0; run < runs; run++) if (crossed(zScores(random, path), limit, 1) < Infinity) wrong++
  return wrong
}

/** When Mann and Whitney's test at z = 1.96, without ties, first rejects, looked at after each user. */
export function mannWhitney(random: Random, { users, draw, shift = 0 }: Path): number {
  const values = Array.from({ length: users }, (_, i) => draw(random) + (i % 2 === 0 ? shift : 0))
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const rank = new Int32Array(users)
  for (const [place, user] of order.entries()) rank[user] = place + 1
  const trees = [new Int32Array(users + 1), new Int32Array(users + 1)] as const
  const n = [0, 0] as [number, number]
  let wins = 0
  for (let user = 0; user < users; user++) {
    const branch = user % 2 === 0 ? 1 : 0
    const below = countBelow(trees[1 - branch]!, rank[user]!)
    wins += branch === 1 ? below : n[0 + 1 - branch]! - below
    add(trees[branch]!, rank[user]!)
    n[branch]!++
    const spread = Math.sqrt((n[0] * n[1] * (n[0] + n[1] + 1)) / 12)
    if (user >= 7 && Math.abs(wins - (n[0] * n[1]) / 2) > 1.959963984540054 * spread) return user + 1
  }
  return Infinity
}

/** Fenwick's tree of counts by rank (1994). */
function add(tree: Int32Array, rank: number) {
  for (let i = rank; i < tree.length; i += i & -i) tree[i]!++
}

function countBelow(tree: Int32Array, rank: number): number {
  let count = 0
  for (let i = rank - 1; i > 0; i -= i & -i) count += tree[i]!
  return count
}

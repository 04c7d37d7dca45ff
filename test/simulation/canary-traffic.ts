import type { Counts, Stratum } from '@assay/stats/canary/stratum'
import { binomial, poisson } from './draw.js'

/** 500 requests a second from users who come for five minutes and ask every five seconds. */
const USERS = 2500
const SESSION = 300
const PAUSE = 5
const INSTANCES = 20
/** Shares of bad requests of a sick instance, and of those users of a scenario whom something ails. */
const SICK = 0.5
const AILING = 0.3

/** Canary and control are alike but for `ratio`. Stratum `t` counts from 0. */
export interface Traffic {
  /** Length of a stratum. */
  readonly seconds: number
  /** Bad requests of the canary, to one of the control. */
  readonly ratio: (t: number) => number
  /** The canary's share of the users, which never falls. */
  readonly weight: (t: number) => number
  /** What time of day does to arrivals and to the share of bad requests. */
  readonly tide: (t: number) => number
  /** Share of bad requests, before what follows. */
  readonly rate: number
  /** The control's, where it is another. */
  readonly controlRate?: number
  /** Bad requests for each cause of one. */
  readonly burst: (random: () => number) => number
  /** Share of users whose requests go bad far oftener, in whichever branch. */
  readonly ailing: number
  /** Each minute another of twenty instances is sick, one of which is the canary's. */
  readonly sick: boolean
}

export interface Seen {
  readonly errors: Stratum
  /** Users' first errors, of those active and without one before. */
  readonly users: Stratum
  readonly slow: Stratum
  readonly hung: Stratum
}

/** Users of one branch with the same prospects: those without an error so far, and the others. */
interface Group {
  fresh: number
  spoiled: number
}
type Branch = readonly [Group, Group]

const STATES = ['fresh', 'spoiled'] as const

/** Moves about that share of one group's users to another. */
function move(random: () => number, from: Group, to: Group, share: number) {
  for (const state of STATES) {
    const moved = binomial(random, from[state], share)
    from[state] -= moved
    to[state] += moved
  }
}

/** Slow requests and those without an answer, to each failed one; they cluster alike. */
const SLOW = 2
const HUNG = 0.1

interface Rates {
  readonly perUser: number
  readonly bad: readonly [number, number]
  readonly burst: (random: () => number) => number
}

function repeated(random: () => number, causes: number, burst: Rates['burst']): number {
  let bad = 0
  for (let i = 0; i < causes; i++) bad += burst(random)
  return bad
}

interface Tallies {
  readonly errors: Counts
  readonly users: Counts
  readonly slow: Counts
  readonly hung: Counts
}

/** One stratum of one branch; its users' first errors leave them spoiled. */
function serve(random: () => number, branch: Branch, { perUser, bad, burst }: Rates): Tallies {
  let [total, atRisk, errors, firsts, slow, hung] = [0, 0, 0, 0, 0, 0]
  branch.forEach((group, kind) => {
    const users = group.fresh + group.spoiled
    const expected = users * perUser * bad[kind]!
    const causes = poisson(random, expected)
    atRisk += group.fresh
    for (let i = 0; i < causes; i++) {
      if (random() * users >= group.fresh) continue
      group.fresh--
      group.spoiled++
      firsts++
    }
    const again = repeated(random, causes, burst) - causes
    total += users * perUser + again
    errors += causes + again
    slow += repeated(random, poisson(random, Math.min(expected * SLOW, users * perUser * SICK)), burst)
    hung += repeated(random, poisson(random, expected * HUNG), burst)
  })
  const of = (bad: number): Counts => ({ total: Math.max(total, bad), bad })
  return { errors: of(errors), users: { total: atRisk, bad: firsts }, slow: of(slow), hung: of(hung) }
}

/** Strata without end. */
export function* strata(traffic: Traffic, random: () => number): Generator<Seen, never> {
  const { seconds, ratio, tide, rate, controlRate = rate, burst, ailing, sick } = traffic
  const leave = seconds / SESSION
  const kinds = sick ? [1, 0] : [1 - ailing, ailing]
  const weightOf = (branch: number, weight: number) => (branch === 0 ? weight : 1 - weight)
  let weight = traffic.weight(0)
  const branches = [0, 1].map((branch) =>
    kinds.map((share) => ({ fresh: poisson(random, USERS * weightOf(branch, weight) * share), spoiled: 0 })),
  ) as unknown as readonly [Branch, Branch]

  for (let t = 0; ; t++) {
    if (traffic.weight(t) > weight) {
      const share = (traffic.weight(t) - weight) / (1 - weight)
      branches[1].forEach((group, kind) => {
        move(random, group, branches[0][kind]!, share)
      })
      weight = traffic.weight(t)
    }
    if (sick && (t * seconds) % 60 === 0) sicken(random, branches)
    const [canary, control] = branches.map((branch, i) => {
      const base = i === 0 ? rate * ratio(t) : controlRate
      const bad = [(base * (1 - (ailing * AILING) / rate)) / (1 - ailing), AILING * (i === 0 ? ratio(t) : 1)] as const
      const well = sick ? ([base, SICK * (i === 0 ? ratio(t) : 1)] as const) : bad
      const rates = { perUser: seconds / PAUSE, bad: [well[0] * tide(t), well[1] * tide(t)] as const, burst }
      const seen = serve(random, branch, rates)
      branch.forEach((group, kind) => {
        for (const state of STATES) group[state] -= binomial(random, group[state], leave)
        group.fresh += poisson(random, USERS * leave * weightOf(i, weight) * kinds[kind]! * tide(t))
      })
      return seen
    }) as [Tallies, Tallies]
    const of = (what: keyof Tallies): Stratum => ({ canary: canary[what], control: control[what] })
    yield { errors: of('errors'), users: of('users'), slow: of('slow'), hung: of('hung') }
  }
}

/** Makes the last minute's instance well and another sick: all of the canary, or a nineteenth of the control. */
function sicken(random: () => number, branches: readonly [Branch, Branch]) {
  for (const [well, ill] of branches) move(random, ill, well, 1)
  const onCanary = random() < 1 / INSTANCES
  const [well, ill] = branches[onCanary ? 0 : 1]
  move(random, well, ill, onCanary ? 1 : 1 / (INSTANCES - 1))
}

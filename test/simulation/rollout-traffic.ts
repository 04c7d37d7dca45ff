import type { Counts, Stratum } from '@assay/stats/canary/stratum'
import { binomial, poisson } from './draw.js'

/** 500 requests a second from 2,500 users, who come for five minutes and ask every five seconds. */
const USERS = 2500
const SESSION = 300
const PAUSE = 5
const INSTANCES = 20
/** How many times as often as requests on average those of a sick instance, and those of an ailing user, go bad. */
const SICK = 50
const AILING = 30

export const guardrails = ['errors', 'latency', 'hung'] as const
export type Guardrail = (typeof guardrails)[number]

/** Time `t` is in seconds, from 0; the canary is one of twenty instances, and has that share of the users. */
export interface Traffic {
  /** Shares of bad requests in the control. */
  readonly rates: Readonly<Record<Guardrail, number>>
  /** Those of the canary, to one of the control. */
  readonly ratio: (guardrail: Guardrail, t: number) => number
  /** What time of day does to arrivals and to all shares of bad requests. */
  readonly tide: (t: number) => number
  /** Bad requests of one user to each cause of one: the first, and its retries. */
  readonly tries: (t: number) => number
  /** Share of users who meet bad requests far oftener, in whichever branch. */
  readonly ailing: number
  /** Each minute another of twenty instances is sick, one of which is the canary. */
  readonly sick: boolean
  /** One branch's requests of a second, where they are drawn one by one instead: of that many expected, the bad. */
  readonly drawn?: (random: () => number, requests: number, canary: boolean) => Readonly<Record<Guardrail, Counts>>
}

/** One second of one guardrail. */
export interface Seen {
  readonly requests: Stratum
  /** Users' first bad requests, of those active and without one before. */
  readonly users: Stratum
}
export type Second = Readonly<Record<Guardrail, Seen>>

/** Users with the same prospects: of each, a set of bits says in which guardrails it has met something bad. */
class Crowd {
  private readonly met: number[] = []
  private readonly spoiled = guardrails.map(() => 0)

  get size() {
    return this.met.length
  }

  fresh(guardrail: number) {
    return this.met.length - this.spoiled[guardrail]!
  }

  come(users: number) {
    for (let i = 0; i < users; i++) this.met.push(0)
  }

  leave(random: () => number, users: number) {
    for (let i = 0; i < users; i++) {
      const one = Math.floor(random() * this.met.length)
      const bits = this.met[one]!
      this.met[one] = this.met[this.met.length - 1]!
      this.met.pop()
      guardrails.forEach((_, guardrail) => {
        if (bits & (1 << guardrail)) this.spoiled[guardrail]!--
      })
    }
  }

  /** Something bad happens to one of them; whether for the first time. */
  meet(random: () => number, guardrail: number): boolean {
    const one = Math.floor(random() * this.met.length)
    if (this.met[one]! & (1 << guardrail)) return false
    this.met[one]! |= 1 << guardrail
    this.spoiled[guardrail]!++
    return true
  }
}

interface Branch {
  readonly share: number
  readonly instances: number
  readonly well: Crowd
  readonly ailing: Crowd
}

const branch = (share: number, instances: number): Branch => ({
  share,
  instances,
  well: new Crowd(),
  ailing: new Crowd(),
})

function arrive(random: () => number, { share, well, ailing }: Branch, users: number, ailingShare: number) {
  well.come(poisson(random, users * share * (1 - ailingShare)))
  ailing.come(poisson(random, users * share * ailingShare))
}

interface Tally {
  readonly requests: Counts
  readonly users: Counts
}

/** One second of one branch, whose crowds have that share of bad requests each. */
function serve(
  random: () => number,
  crowds: readonly (readonly [Crowd, number])[],
  guardrail: number,
  tries: number,
): Tally {
  let [total, bad, atRisk, firsts] = [0, 0, 0, 0]
  for (const [crowd, rate] of crowds) {
    const requests = crowd.size / PAUSE
    const causes = poisson(random, requests * Math.min(rate, 0.95))
    total += requests + causes * (tries - 1)
    bad += causes * tries
    atRisk += crowd.fresh(guardrail)
    for (let i = 0; i < causes; i++) if (crowd.meet(random, guardrail)) firsts++
  }
  return { requests: { total: Math.max(total, bad), bad }, users: { total: atRisk, bad: firsts } }
}

/** The same of requests that were drawn one by one, by users who are all alike. */
function meetAll(random: () => number, crowd: Crowd, guardrail: number, requests: Counts): Tally {
  const total = crowd.fresh(guardrail)
  let bad = 0
  for (let i = 0; i < requests.bad; i++) if (crowd.meet(random, guardrail)) bad++
  return { requests, users: { total, bad } }
}

/** Each guardrail of one branch; `onSick`, the share of its requests that meet a sick instance. */
function serveAll(random: () => number, traffic: Traffic, of: Branch, onSick: number, t: number): Tally[] {
  const { rates, ratio, tide, tries, ailing, drawn } = traffic
  const canary = of.instances === 1
  const counts = drawn?.(random, of.well.size / PAUSE, canary)
  return guardrails.map((name, guardrail) => {
    if (counts) return meetAll(random, of.well, guardrail, counts[name])
    const rate = rates[name] * tide(t) * (canary ? ratio(name, t) : 1)
    const times = (own: number) => rate * ((1 - onSick) * own + onSick * Math.max(own, SICK))
    const well = [of.well, times((1 - ailing * AILING) / (1 - ailing))] as const
    return serve(random, [well, [of.ailing, times(AILING)]], guardrail, tries(t))
  })
}

/** Seconds without end. */
export function* seconds(traffic: Traffic, random: () => number): Generator<Second, never> {
  const { tide, ailing, sick } = traffic
  const branches = [branch(1 / INSTANCES, 1), branch(1 - 1 / INSTANCES, INSTANCES - 1)] as const
  for (const each of branches) arrive(random, each, USERS, ailing)
  let sickBranch: Branch | undefined

  for (let t = 0; ; t++) {
    if (sick && t % 60 === 0) sickBranch = branches[random() < 1 / INSTANCES ? 0 : 1]
    const [canary, control] = branches.map((each) =>
      serveAll(random, traffic, each, each === sickBranch ? 1 / each.instances : 0, t),
    ) as [Tally[], Tally[]]
    const of = (guardrail: number): Seen => ({
      requests: { canary: canary[guardrail]!.requests, control: control[guardrail]!.requests },
      users: { canary: canary[guardrail]!.users, control: control[guardrail]!.users },
    })
    yield { errors: of(0), latency: of(1), hung: of(2) }
    for (const each of branches) {
      for (const crowd of [each.well, each.ailing]) crowd.leave(random, binomial(random, crowd.size, 1 / SESSION))
      arrive(random, each, (USERS / SESSION) * tide(t), ailing)
    }
  }
}

import { Moments } from '@assay/aggregator/moments/moments'
import { Definitions } from '@assay/core/control/definitions'
import { controlRecord } from '@assay/core/control/record'
import { decisionDefinition } from '@assay/core/definition/decision'
import { metricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { planOf } from '@assay/moments/plan'
import { compare } from '@assay/query-api/analysis/comparison'
import { pairOf } from '@assay/query-api/analysis/estimates'
import type { SnapshotRow } from '@assay/query-api/analysis/snapshot'
import { NOON } from '../support/entry.js'
import { seeded } from '../support/random.js'
import { type Machine, openMachine } from '../support/single-machine.js'
import { poisson } from './draw.js'

/** Tests of one app, streamed through the tables and snapshots and judged as results judge them. */
export interface Simulation {
  seed: number
  tests: number
  /** Of each test, both branches together. */
  users: number
  /** Orders that the treatment adds to a user's. */
  effect: number
  /** Minutes between looks, over the day in which the users' windows close. */
  every: number
}

/** What became of one test over all looks. */
export interface Outcome {
  /** Whether any look called it. */
  called: boolean
  /** Whether any look's any-time interval left out the effect. */
  missed: boolean
  /** Share of the variance that CUPED took away at the last look, and what the users' past foretold of it. */
  saved: number
  foretold: number
}

const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** Users come over a day, count for a day, and go on for two more; what they did in the two before is known. */
const [ARRIVALS, WINDOW, PAST, ACTIVE] = [DAY, DAY, 2 * DAY, 3 * DAY]

const metric = metricDefinition.parse({ name: 'orders', kind: 'count', event: 'order', window: { to: 1 }, lookback: 2 })
const branches = ['a', 'b'].map((name) => ({ name, weight: 1 }))
const definition = testDefinition.parse({ branches, control: 'a', metrics: [metric] })
const idOf = (test: number) => `t${test}`

function definitionsOf(tests: number): Definitions {
  const definitions = new Definitions()
  const common = { at: NOON - DAY, by: 'admin', app: 'shop' }
  for (let test = 0; test < tests; test++) {
    const own = { ...common, testId: idOf(test) }
    definitions.apply(controlRecord.parse({ ...own, id: `d${test}`, what: 'define', definition, expects: 0 }))
    definitions.apply(controlRecord.parse({ ...own, id: `s${test}`, what: 'start', expects: 1 }))
  }
  return definitions
}

/** A test's events, and the squared correlation of what its users did in their window with what they did before. */
function* eventsOf(test: number, random: () => number, { users, effect }: Simulation) {
  for (let i = 0; i < users; i++) {
    const user = `u${test}-${i}`
    const branch = branches[Math.floor(random() * 2)]!.name
    const since = NOON + Math.floor(random() * ARRIVALS)
    // Some order often, most hardly ever; per day.
    const rate = -Math.log(1 - random())
    yield { user, event: '$exposure', value: 0, time: since, tests: { [idOf(test)]: `${branch}@2` } }
    const order = (time: number) => ({ user, event: 'order', value: 1, time, tests: {} })
    const during = (span: number) => poisson(random, (rate * span) / DAY)
    for (let n = during(PAST); n > 0; n--) yield order(since - Math.ceil(random() * PAST))
    for (let n = during(ACTIVE); n > 0; n--) yield order(since + Math.floor(random() * ACTIVE))
    if (branch === 'b')
      for (let n = poisson(random, effect); n > 0; n--) yield order(since + Math.floor(random() * WINDOW))
  }
}

const BATCH = 50_000

/** @returns how many events there are */
async function fill({ store }: Machine, simulation: Simulation): Promise<number> {
  const random = seeded(simulation.seed)
  let lines: string[] = []
  let offset = 0
  const insert = async () => {
    await store.write.insertLines('inbox', [Buffer.from(lines.join(''))], `upto-${offset}`)
    lines = []
  }
  for (let test = 0; test < simulation.tests; test++)
    for (const event of eventsOf(test, random, simulation)) {
      const rest = { id: `e${offset}`, app: 'shop', props: {}, received: NOON, partition: 0, offset: offset++ }
      lines.push(`${JSON.stringify({ ...event, ...rest })}\n`)
      if (lines.length === BATCH) await insert()
    }
  if (lines.length > 0) await insert()
  return offset
}

export async function simulate(simulation: Simulation): Promise<Outcome[]> {
  const machine = await openMachine()
  try {
    const events = await fill(machine, simulation)
    const plan = planOf(definitionsOf(simulation.tests), 'shop')
    const moments = new Moments(machine.store, 'shop')
    const outcomes = Array.from({ length: simulation.tests }, () => ({
      called: false,
      missed: false,
      saved: 0,
      foretold: 0,
    }))
    const [first, last] = [NOON + WINDOW + simulation.every * MINUTE, NOON + WINDOW + ARRIVALS]
    for (let asOf = first; asOf <= last; asOf += simulation.every * MINUTE) {
      // Who comes later is not complete yet: as if only what was done until then had been sent.
      await moments.snapshot([events], asOf, plan)
      const rows = await machine.store.compute.query<SnapshotRow & { test: string }>(
        `SELECT * FROM moments WHERE app = 'shop' AND event != '' AND toUnixTimestamp64Milli(as_of) = ${asOf}`,
      )
      judge(rows, outcomes, simulation)
      await machine.store.compute.command('TRUNCATE TABLE moments')
    }
    return outcomes
  } finally {
    await machine.close()
  }
}

const decision = decisionDefinition.parse({ plannedUsers: 300 })

function judge(rows: readonly (SnapshotRow & { test: string })[], outcomes: Outcome[], { effect }: Simulation): void {
  const byTest = new Map<string, SnapshotRow[]>()
  for (const row of rows) byTest.set(row.test, [...(byTest.get(row.test) ?? []), row])
  for (const [test, own] of byTest) {
    const [control, treatment] = ['a', 'b'].map((branch) => own.find((row) => row.branch === branch))
    if (control === undefined || treatment === undefined) continue
    const pair = pairOf(metric, [[control, treatment]])
    const { verdict, anytime } = compare(pair, 'up', decision)
    const outcome = outcomes[Number(test.slice(1))]!
    outcome.called ||= verdict !== 'inconclusive'
    outcome.missed ||= anytime.ci !== null && !(anytime.ci[0] <= effect && effect <= anytime.ci[1])
    Object.assign(outcome, { saved: pair.saved ?? 0, foretold: correlation(control, treatment) ** 2 })
  }
}

/** Of a user's number with that from before, within branches. */
function correlation(...arms: SnapshotRow[]): number {
  const [y, yx, x] = [0, 1, 2].map((i) => arms.reduce((sum, arm) => sum + arm.comoments[i]!, 0)) as [
    number,
    number,
    number,
  ]
  return yx / Math.sqrt(y * x)
}

import { Moments } from '@assay/aggregator/moments/moments'
import { Definitions } from '@assay/core/control/definitions'
import { controlRecord } from '@assay/core/control/record'
import { testDefinition } from '@assay/core/definition/test'
import type { Event } from '@assay/core/event'
import { INBOX } from '@assay/core/store/schema'
import { planOf } from '@assay/moments/plan'
import { readLooks } from '@assay/query-api/analysis/looks'
import type { Results } from '@assay/query-api/analysis/reply'
import { resultsOf } from '@assay/query-api/analysis/results'
import { readSnapshot } from '@assay/query-api/analysis/snapshot'
import { subjectOf } from '@assay/query-api/analysis/subject'
import { afterAll, beforeAll } from 'vitest'
import { event, NOON } from './entry.js'
import { type Machine, openMachine } from './single-machine.js'

/** Stories for tests: what was defined, what people did, and what results say of it. */

export const HOUR = 3_600_000
let machine: Machine
/** One machine for all stories of a file, each an app of its own. */
export function tellStories(): void {
  beforeAll(async () => {
    machine = await openMachine()
  })
  afterAll(() => machine.close())
}

export type Told = Partial<Event> & { user: string; event: string; hour: number }

let people = 0
/** So many users exposed at an hour, of whom a share buys `after` so many hours. */
export function crowd(users: number, label: string, hour: number, share: number, after = 1, value = 1): Told[] {
  return Array.from({ length: users }, (_, i) => {
    const user = `u${people++}`
    const seen: Told = { user, event: '$exposure', hour, tests: { t: label } }
    return i < Math.round(users * share) ? [seen, { user, event: 'buy', hour: hour + after, value }] : [seen]
  }).flat()
}

export const weighted = (master: number, other: number) => [
  { name: 'master', weight: master },
  { name: 'new', weight: other },
]
export const buyers = { name: 'buyers', kind: 'conversion', event: 'buy' }
export const define = (changes: object = {}) => ({
  what: 'define',
  definition: testDefinition.parse({ branches: weighted(1, 1), control: 'master', metrics: [buyers], ...changes }),
})
export const start = { what: 'start' }
export const stop = { what: 'stop' }

/** What was defined, each change at its hour. */
function definitionsOf(app: string, changes: readonly (readonly [number, object])[]): Definitions {
  const definitions = new Definitions()
  for (const [i, [hour, change]] of changes.entries()) {
    const record = { id: `r${i}`, at: NOON + hour * HOUR, by: 'admin', app, testId: 't', expects: i, ...change }
    const outcome = definitions.apply(controlRecord.parse(record))
    if (outcome instanceof Error) throw outcome
  }
  return definitions
}

let offset = 0
let apps = 0

export interface Story {
  changes?: readonly (readonly [number, object])[]
  events: readonly Told[]
  /** Hours at which snapshots are taken; of the last one results are asked. */
  looks?: readonly number[]
  testId?: string
  /** Whether a snapshot knows only what was done before it. */
  isLive?: boolean
}

async function store(app: string, events: readonly Told[]): Promise<void> {
  const lines = events.map(({ hour, ...told }) => {
    const whole = event({ id: `e${offset}`, app, time: NOON + hour * HOUR, ...told })
    return `${JSON.stringify({ partition: 0, offset: offset++, ...whole })}\n`
  })
  if (lines.length > 0) await machine.store.write.insertLines(INBOX, [Buffer.from(lines.join(''))], `story-${offset}`)
}

export async function play(story: Story): Promise<Results[]> {
  const { changes = [], events, looks = [24 * 30], testId = 't', isLive = false } = story
  const app = `app${apps++}`
  const moments = new Moments(machine.store, app)
  const found: Results[] = []
  for (const [i, hour] of looks.entries()) {
    if (isLive)
      await store(
        app,
        events.filter((told) => told.hour > (looks[i - 1] ?? -Infinity) && told.hour <= hour),
      )
    else if (i === 0) await store(app, events)
    const definitions = definitionsOf(
      app,
      changes.filter(([at]) => at <= hour),
    )
    await moments.snapshot([offset], NOON + hour * HOUR, planOf(definitions, app))
    const { read } = machine.store
    const rows = await readSnapshot(read, app, testId)
    const subject = subjectOf({ app, testId, imported: false, asOf: rows[0]!.asOf }, definitions, rows)
    const taken = await readLooks(read, subject, rows)
    found.push(resultsOf(subject, rows, { bayes: false, usersPerDay: null, looks: taken }))
  }
  return found
}

export const last = async (story: Story): Promise<Results> => (await play(story)).at(-1)!
export const effectOf = ({ metrics }: Results) => metrics[0]!.comparisons[0]!
export const codes = ({ warnings }: Results) => warnings.map(({ code }) => code)

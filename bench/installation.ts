import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation } from '../test/fault/installation.js'

/** The built test support: the benchmarks are no part of its package. */
const built = (module: string) => import(new URL(`../../test/dist/fault/${module}.js`, import.meta.url).href)
const { Installation: Place }: typeof import('../test/fault/installation.js') = await built('installation')
const { differing }: typeof import('../test/fault/inspect.js') = await built('inspect')
const { differingMoments }: typeof import('../test/fault/inspect-moments.js') = await built('inspect-moments')
export const { settled }: typeof import('../test/fault/settled.js') = await built('settled')

/** Kafka and a store's server on this machine, and stages to be started. */
export const openInstallation = (): Promise<Installation> => Place.open({ partitions: 6, smallDisks: false })

/** Milliseconds that snapshots may take to hold what the tables hold. */
const PATIENCE = 60_000

/** Fails unless this many events of the app are in the tables, each once, and every other table says what `events` says. */
export async function judge({ store }: Installation, app: string, acknowledged: number): Promise<void> {
  const [row] = await store.compute.query<{ n: number; ids: number }>(
    'SELECT count() AS n, uniqExact(id) AS ids FROM events WHERE app = {app:String}',
    { app },
  )
  const { n, ids } = row!
  if (n !== acknowledged || ids !== acknowledged)
    throw new Error(`Expected each of ${acknowledged} events once; counted ${n}, ${ids} of them different.`)
  const rows = await differing(store.compute)
  if (Object.values(rows).some((n) => n > 0)) throw new Error(`Tables differ from events: ${JSON.stringify(rows)}.`)
  for (const deadline = Date.now() + PATIENCE; (await differingMoments(store)) > 0; await sleep(500))
    if (Date.now() > deadline) throw new Error('The newest snapshots of moments differ from what the tables hold.')
}

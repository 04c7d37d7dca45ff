import { setTimeout as sleep } from 'node:timers/promises'
import type { AggregatorStatus } from '@assay/aggregator/aggregator'
import { partitionsOf } from '@assay/core/log/log'
import type { Installation, Running } from './installation.js'

/** Milliseconds until everything must be counted. */
const PATIENCE = 120_000

/** Resolves when the aggregators share all partitions, and each says that it counted all of its own. */
export async function settled(place: Installation): Promise<void> {
  const all = partitionsOf(place.log)
  for (const deadline = Date.now() + PATIENCE; ; await sleep(100)) {
    const found = await Promise.all(place.of('aggregator').map((r) => statusOf(r, place.keys.read)))
    const owned = found.flatMap((status) => status.partitions).sort((a, b) => a - b)
    if (String(owned) === String(all) && found.every(({ fresh, lag }) => fresh && lag === 0)) return
    if (Date.now() > deadline) throw new Error(`Expected all to be counted in two minutes:\n${told(place, found)}`)
  }
}

const told = (place: Installation, found: readonly AggregatorStatus[]) =>
  found.map((status, i) => `${JSON.stringify(status)}\n${place.of('aggregator')[i]!.output().slice(-1000)}`).join('\n')

/** What an aggregator says of itself. */
export async function statusOf({ url }: Running, key: string): Promise<AggregatorStatus> {
  const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${key}` } })
  return ((await response.json()) as { aggregator: AggregatorStatus }).aggregator
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { AggregatorStatus } from '@assay/aggregator/aggregator'
import { partitionsOf } from '@assay/core/log/log'
import type { Installation, Running } from './installation.js'

/** Milliseconds until everything must be counted. */
const PATIENCE = 120_000

/** Resolves when the aggregators share all partitions, and each says that it counted all of its own. */
export async function settled(place: Installation): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; ; await sleep(100)) {
    const found = await statusesOf(place)
    if (haveCounted(place, found) && found.every(({ fresh }) => fresh)) return
    if (Date.now() > deadline) throw new Error(`Expected all to be counted in two minutes:\n${told(place, found)}`)
  }
}

export const statusesOf = (place: Installation): Promise<AggregatorStatus[]> =>
  Promise.all(place.of('aggregator').map((r) => statusOf(r, place.keys.read)))

/** Whether all partitions are shared among those who say this, and all of each is counted. */
export function haveCounted(place: Installation, found: readonly AggregatorStatus[]): boolean {
  const owned = found.flatMap((status) => status.partitions).sort((a, b) => a - b)
  return String(owned) === String(partitionsOf(place.log)) && found.every(({ lag }) => lag === 0)
}

const told = (place: Installation, found: readonly AggregatorStatus[]) =>
  found.map((status, i) => `${JSON.stringify(status)}\n${place.of('aggregator')[i]!.output().slice(-1000)}`).join('\n')

/** What an aggregator says of itself. */
export async function statusOf({ url }: Running, key: string): Promise<AggregatorStatus> {
  const request = { headers: { authorization: `Bearer ${key}` }, signal: AbortSignal.timeout(10_000) }
  const response = await fetch(`${url}/v1/status`, request)
  return ((await response.json()) as { aggregator: AggregatorStatus }).aggregator
}

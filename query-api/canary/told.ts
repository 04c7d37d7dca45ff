import { setTimeout as sleep } from 'node:timers/promises'
import type { Reads } from '../reads.js'
import { type ToldHealth, toldHealth } from './reply.js'

/** What a controller told of a canary, and when by its clock, in Unix milliseconds. */
export interface Told {
  at: number
  health: ToldHealth
}

/** Why there is nothing told. */
export type Untold = 'not-told' | 'malformed' | 'store-unavailable'

/** Milliseconds after which a store that does not answer is away. */
const PATIENCE = 2000

/** What was told last of a canary. Never rejects: that nothing can be known is an answer as well. */
export async function readTold(reads: Reads, app: string, test: string): Promise<Told | Untold> {
  const late = new AbortController()
  const patience = sleep(PATIENCE, 'store-unavailable' as const, { signal: late.signal, ref: false })
  patience.catch(() => {})
  try {
    return await Promise.race([lastOf(reads, app, test), patience])
  } catch {
    return 'store-unavailable'
  } finally {
    late.abort()
  }
}

async function lastOf(reads: Reads, app: string, test: string): Promise<Told | Untold> {
  const [row] = await reads.query<{ at: number; health: string }>(
    `SELECT toUnixTimestamp64Milli(told) AS at, health FROM canaries
     WHERE app = {app:String} AND test = {test:String} ORDER BY told DESC LIMIT 1`,
    { app, test },
  )
  if (row === undefined) return 'not-told'
  const health = parse(row.health)
  return health === null ? 'malformed' : { at: row.at, health }
}

function parse(text: string): ToldHealth | null {
  try {
    return toldHealth.parse(JSON.parse(text, onlyFinite))
  } catch {
    return null
  }
}

/** JSON can spell numbers that are too large to be any. */
const onlyFinite = (_: string, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value)

import { setTimeout as sleep } from 'node:timers/promises'
import type { WireEvent } from '@assay/core/event'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'
import { reasonOf, refusal } from './request.js'

export interface Patience {
  /** How long a batch is tried again before the command gives up. */
  batch: number
  /** How long one try may take. */
  attempt: number
}

const PATIENCE: Patience = { batch: 60_000, attempt: 30_000 }
const IN_FLIGHT = 4

/** A try that may go better later. */
interface Failed {
  why: string
  /** Milliseconds the server asks to be left alone. */
  wait: number
}

/** Sends one batch until it is acknowledged. Retries under the same ids count once. @throws CommandError */
async function sendBatch(server: Server, events: readonly WireEvent[], patience: Patience): Promise<void> {
  const body = JSON.stringify(events)
  const deadline = Date.now() + patience.batch
  for (let delay = 100; ; delay = Math.min(delay * 2, 5000)) {
    const failed = await attempt(server, body, patience.attempt)
    if (failed === null) return
    const wait = Math.max(delay * (0.5 + Math.random() / 2), failed.wait)
    if (Date.now() + wait > deadline) throw gaveUp(server, failed)
    await sleep(wait)
  }
}

function gaveUp({ url }: Server, { why, wait }: Failed): CommandError {
  const asks = wait > 0 ? ` (it asks to wait ${Math.ceil(wait / 1000)} s)` : ''
  return new CommandError(
    `Expected ${url} to take events; ${why}${asks}.`,
    'Run the same command again: what was counted is not counted twice.',
    exit.unreachable,
  )
}

async function attempt(server: Server, body: string, timeout: number): Promise<Failed | null> {
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body, signal })
    if (response.status === 202) return await refuseRejected(response)
    const refused = await refusal(response)
    if (response.status !== 429 && response.status < 500) throw refused
    return { why: refused.message, wait: retryAfter(response) }
  } catch (error) {
    if (error instanceof CommandError) throw error
    return { why: reasonOf(error), wait: 0 }
  }
}

async function refuseRejected(response: Response): Promise<null> {
  const { rejected = [] } = (await response.json()) as { rejected?: { message: string }[] }
  if (rejected.length === 0) return null
  throw new CommandError(
    `Expected every event to be taken; ${rejected.length} of a batch were not: ${rejected[0]!.message}`,
    'The events before them are kept.',
  )
}

/** Milliseconds; the header holds seconds or a date, and anything else says nothing. */
function retryAfter(response: Response): number {
  const header = response.headers.get('retry-after') ?? ''
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(wait) ? 0 : Math.max(0, wait)
}

/** Sends batches a few at a time, in order of their making; `onSent` is told of each once acknowledged. */
export async function sendAll(
  server: Server,
  batches: AsyncIterable<WireEvent[]> | Iterable<WireEvent[]>,
  onSent: (batch: WireEvent[]) => void,
  patience: Patience = PATIENCE,
): Promise<void> {
  const flying = new Set<Promise<void>>()
  const failures: unknown[] = []
  for await (const batch of batches) {
    const landed: Promise<void> = sendBatch(server, batch, patience)
      .then(() => onSent(batch))
      .catch((error) => void failures.push(error))
      .finally(() => flying.delete(landed))
    flying.add(landed)
    if (flying.size >= IN_FLIGHT) await Promise.race(flying)
    if (failures.length > 0) break
  }
  if (failures.length === 0) await Promise.all(flying)
  if (failures.length > 0) throw failures[0]
}

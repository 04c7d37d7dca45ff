import { setTimeout as sleep } from 'node:timers/promises'
import type { WireEvent } from '@assay/core/event'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'

/** How long a batch is tried again before the command gives up. */
const PATIENCE = 60_000

/** Sends one batch until it is acknowledged. Retries under the same ids count once. @throws CommandError */
export async function sendBatch(server: Server, events: readonly WireEvent[]): Promise<void> {
  const body = JSON.stringify(events)
  const deadline = Date.now() + PATIENCE
  for (let delay = 100; ; delay = Math.min(delay * 2, 5000)) {
    const outcome = await attempt(server, body)
    if (outcome.done) return
    if (Date.now() + delay > deadline) {
      throw new CommandError(
        `Expected ${server.url} to take events; ${outcome.why}.`,
        'Run the same command again: what was counted is not sent twice.',
        exit.unreachable,
      )
    }
    await sleep(Math.max(delay * (0.5 + Math.random() / 2), outcome.wait))
  }
}

async function attempt(
  server: Server,
  body: string,
): Promise<{ done: true } | { done: false; why: string; wait: number }> {
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' }
  let response: Response
  try {
    response = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body })
  } catch (error) {
    return {
      done: false,
      why: (error as Error & { cause?: Error }).cause?.message || (error as Error).message,
      wait: 0,
    }
  }
  const answer = (await response.json().catch(() => ({}))) as Answer
  if (response.status === 429 || response.status >= 500) {
    return {
      done: false,
      why: answer.detail ?? `it answered ${response.status}`,
      wait: 1000 * Number(response.headers.get('retry-after') ?? 0),
    }
  }
  const refused = answer.rejected?.[0]
  if (response.status === 202 && refused === undefined) return { done: true }
  throw new CommandError(
    refused?.message ?? `${answer.title}. ${answer.detail}`,
    answer.advice ?? 'Correct the input; the events before it are kept.',
  )
}

interface Answer {
  title?: string
  detail?: string
  advice?: string
  rejected?: { index: number; message: string }[]
}

/** Sends batches a few at a time, in order of their making; `onSent` is told of each once acknowledged. */
export async function sendAll(
  server: Server,
  batches: AsyncIterable<WireEvent[]> | Iterable<WireEvent[]>,
  onSent: (batch: WireEvent[]) => void,
): Promise<void> {
  const IN_FLIGHT = 4
  const flying = new Set<Promise<void>>()
  let failure: unknown
  for await (const batch of batches) {
    const flight = sendBatch(server, batch).then(
      () => onSent(batch),
      (error) => {
        failure ??= error
      },
    )
    const landed: Promise<void> = flight.finally(() => flying.delete(landed))
    flying.add(landed)
    if (flying.size >= IN_FLIGHT) await Promise.race(flying)
    if (failure !== undefined) break
  }
  await Promise.all(flying)
  if (failure !== undefined) throw failure
}

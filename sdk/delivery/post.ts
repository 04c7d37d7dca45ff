import { AWAY, PATIENCE } from '../limits.js'
import { waitOf } from '../retry-after.js'
import type { Line } from './keep.js'

/** Events are joined as they are; `sentAt` lets the server correct clocks. */
export const bodyOf = (lines: readonly Line[]) =>
  `{"sentAt":${Date.now()},"events":[${lines.map((line) => line.json)}]}`

/** Events off our hands that were not stored, or null if all are to be sent again. */
type Refused = number | null | undefined
type Answer = [refused: Refused, problem?: unknown, millisecondsToWait?: number]

/** Sends so many events once. */
export async function post(
  send: typeof fetch | undefined,
  url: string,
  content: Blob | string,
  events: number,
): Promise<Answer> {
  try {
    // Text by its type, so that browsers ask for no permission first.
    const body = new Blob([content], { type: 'text/plain' })
    const signal = AbortSignal.timeout?.(PATIENCE)
    const response = await (send ?? fetch)(url, { method: 'POST', body, keepalive: body.size < AWAY, signal })
    const { status, headers } = response
    const isStored = status === 202
    // What the server may take later; what answers 200 is another, as the page of a hotel's network.
    if (!isStored && /2..|408|42[59]|5../.test(`${status}`)) return [null, status, waitOf(headers.get('retry-after'))]
    const { rejected, detail = '' } = (await response.json().catch(() => {})) ?? {}
    return isStored ? [rejected?.length, rejected?.[0]?.message] : [events, `${status} ${detail}`]
  } catch (error) {
    return [null, error]
  }
}

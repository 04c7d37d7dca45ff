import type { Line } from './keep.js'
import { AWAY, DAY, PATIENCE } from './limits.js'

/** What the server may take later; what answers 200 is another, as the page of a hotel's network. */
const LATER = /2..|408|42[59]|5../

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
    const signal = globalThis.AbortSignal?.timeout?.(PATIENCE)
    const response = await (send ?? fetch)(url, { method: 'POST', body, keepalive: body.size < AWAY, signal })
    const { status, headers } = response
    const isStored = status === 202
    if (!isStored && LATER.test(`${status}`)) return [null, status, waitOf(headers.get('retry-after'))]
    const said = await response.json().catch(() => {})
    return isStored
      ? [said?.rejected?.length, said?.rejected?.[0]?.message]
      : [events, `${status} ${said?.detail ?? ''}`]
  } catch (error) {
    return [null, error]
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
const waitOf = (after: string | null) => Math.min(DAY, +after! * 1000 || Date.parse(after!) - Date.now() || 0)

import type { Line } from './keep.js'

/** Bodies under way when a page goes away may be 64 KB in all. */
export const AWAY = 60_000
/** Milliseconds after which nobody answers any more: nothing else is sent meanwhile. */
const PATIENCE = 60_000
/** What the server may take later. */
const LATER = /408|425|429|5../

/** Events are joined as they are; `sentAt` lets the server correct clocks. */
export const bodyOf = (lines: readonly Line[]) =>
  `{"sentAt":${Date.now()},"events":[${lines.map((line) => line.json)}]}`

/** Events off our hands that were not stored, or null if all are to be sent again. */
type Refused = number | null
type Answer = [refused: Refused, problem?: unknown, secondsToWait?: number]

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
    const status = `${response.status}`
    if (LATER.test(status)) return [null, status, Number(response.headers.get('retry-after')) || 0]
    const { rejected = [], detail } = (await response.json().catch(() => 0)) || {}
    return response.ok ? [rejected.length, rejected[0]?.message] : [events, `${status} ${detail}`]
  } catch (error) {
    return [null, error]
  }
}

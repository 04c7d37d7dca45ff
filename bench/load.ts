import autocannon from 'autocannon'
import { clientEvent } from './events.js'
import type { Child } from './server-child.js'

const BODIES = 500

/** Events a second the server acknowledges from 64 connections that send as fast as they are answered. */
export async function load(
  { url, keys }: Pick<Child, 'url' | 'keys'>,
  batch: number,
  seconds: number,
): Promise<number> {
  const requests = Array.from({ length: BODIES }, (_, i) => {
    // Without ids, so that bodies can be sent again and each event is still a new one.
    const events = Array.from({ length: batch }, (_, j) => ({ ...clientEvent(i * batch + j), id: undefined }))
    return { method: 'POST' as const, path: '/v1/events', body: JSON.stringify(batch === 1 ? events[0] : events) }
  })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${keys.write}` }
  const result = await autocannon({ url, connections: 64, duration: seconds, headers, requests })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
  return (result['2xx'] * batch) / result.duration
}

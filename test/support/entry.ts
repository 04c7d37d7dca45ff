import type { Event } from '@assay/core/event'
import type { Entry } from '@assay/core/log/log'

/** Noon of an ordinary day, so that no test crosses a month by accident. */
export const NOON = Date.UTC(2026, 4, 13, 12)

/** An event with the fields a test does not care about filled in. */
export function event(fields: Partial<Event> & { id: string }): Event {
  return {
    app: 'shop',
    user: 'ann',
    event: 'view',
    value: 1,
    time: NOON,
    tests: {},
    props: {},
    received: NOON,
    ...fields,
  }
}

/** The log entry ingest would write for it. */
export function entry(fields: Partial<Event> & { id: string }): Entry {
  const e = event(fields)
  return { app: e.app, user: e.user, id: e.id, received: e.received, value: JSON.stringify(e) }
}

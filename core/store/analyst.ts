import type { Readable } from 'node:stream'
import { AssayError, stopped } from '../errors.js'
import { allowed } from './sql-guard.js'
import type { Analyst, RowFormat } from './store.js'

/** One question’s own connection: read only, with the limits set. */
export interface AskedSession {
  rows<Row>(sql: string): Promise<Row[]>
  bytes(sql: string, format: RowFormat): Promise<Readable>
}

type Within = (
  params: Record<string, string>,
  signal: AbortSignal,
  ask: (session: AskedSession) => Promise<Readable>,
) => Promise<Readable>

/** Asks what the guard lets pass, in a session of each driver’s own. */
export function analystOf(database: string, within: Within): Analyst {
  return {
    async ask(sql, params, format, signal) {
      try {
        return await within(params, signal, async (session) =>
          session.bytes(await allowed(session, database, sql), format),
        )
      } catch (cause) {
        if (signal.aborted) throw stopped(cause)
        throw cause instanceof AssayError ? cause : asRefusal(cause)
      }
    },
  }
}

/** What the engine says when a limit is passed: rows or bytes read, rows or bytes of the answer, time, memory, sets. */
const limits: Record<string, string> = {
  158: 'at most 1,000,000,000 rows to read',
  307: 'fewer bytes to read',
  396: 'at most 1,000,000 rows and 100 MB in the answer',
  159: 'at most 10 seconds',
  160: 'at most 10 seconds',
  241: 'at most 500 MB of memory',
  191: 'a smaller set',
  167: 'a simpler query',
  168: 'a simpler query',
  306: 'a simpler query',
}

/** Of the engine’s own: it is down, full or gone. */
const unavailable = new Set(['210', '209', '202', '243', '236', '279', '516', '194'])

const MAX_SHOWN = 300

/** The engine’s words, since they say where the query is wrong, and of no rows but those that the query may read. */
function asRefusal(cause: unknown): Error {
  const { code, message } = cause as { code?: string; message: string }
  if (code === undefined || !/^\d+$/.test(code) || unavailable.has(code)) {
    return new AssayError('store-unavailable', 'Expected the store to answer the query; it failed.', { cause })
  }
  const limit = limits[code]
  if (limit !== undefined) {
    return new AssayError('query-too-large', `query: expected ${limit}; it took more.`, { cause })
  }
  if (code === '497' || code === '164')
    return new AssayError('sql-forbidden', 'query: expected what a reader may do; it asks for more.', { cause })
  const words = message.replaceAll(/\s+/g, ' ').slice(0, MAX_SHOWN)
  return new AssayError('sql-invalid', `query: expected SQL that the store can run; it says: ${words}`, { cause })
}

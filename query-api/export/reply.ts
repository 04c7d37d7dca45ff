import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { formats, type RowsFormat } from './format.js'

const MAX_NAME = 120

/** A name for the file that any system takes, of the names of what is in it. */
export function fileName(parts: readonly string[], format: string): string {
  const safe = parts.map((part) => part.replaceAll(/[^\w-]+/g, '_')).join('-')
  return `${safe.slice(0, MAX_NAME)}.${format}`
}

/** Sends rows as a file of this name. */
export function sendRows(reply: FastifyReply, rows: Readable, format: RowsFormat, parts: readonly string[]) {
  return reply
    .header('content-disposition', `attachment; filename="${fileName(parts, format)}"`)
    .header('x-content-type-options', 'nosniff')
    .type(formats[format].type + (format === 'csv' ? '; charset=utf-8; header=present' : ''))
    .send(rows)
}

/** Aborts when the client goes before it has all, or the server is about to. */
export function whileWaiting({ raw }: FastifyReply, serverClosing: AbortSignal): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return AbortSignal.any([gone.signal, serverClosing])
}

/** Aborts when the server begins to close: what may take minutes would hold it up. */
export function closingOf(server: Pick<FastifyInstance, 'addHook'>): AbortSignal {
  const closing = new AbortController()
  server.addHook('preClose', async () => closing.abort())
  return closing.signal
}

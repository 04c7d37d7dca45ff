import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
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

/** Aborts when the client goes before it has all. */
export function whileWaiting({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}

import { type Presented, presentedKey } from '@assay/core/door'
import type { FastifyRequest } from 'fastify'
import { type Batch, bounded, invalid } from '../batch.js'
import { describe } from '../describe.js'
import { success } from '../reply.js'
import { appOfQuery, type Fields, instant, isFields } from './fields.js'
import type { Format } from './format.js'
import { translateSegment } from './segment.js'

/** The addresses of Segment's HTTP API under /v1; its library for pages says their first letters alone. */
export const calls = ['batch', 'track', 'identify', 'page', 'screen', 'alias', 'group'] as const
export type Call = (typeof calls)[number]

export const segment = (call: Call): Format => ({
  presented,
  open: (body, { query }, limit) => {
    const app = appOfQuery(query)
    return call === 'batch' ? bounded(openBatch(body, app), limit) : openSingle(body, call, app)
  },
  answer: success,
})

/** Segment's clients say the key as the user of Basic auth, or in the body. */
function presented({ headers, query }: FastifyRequest, body?: unknown): Presented | null {
  if (presentedKey(headers, query) !== null) return headers
  const key = basicUser(headers.authorization) ?? (isFields(body) ? body.writeKey : undefined)
  if (typeof key === 'string') return { authorization: `Bearer ${key}` }
  return body === undefined ? null : headers
}

function basicUser(authorization = ''): string | undefined {
  const encoded = /^basic +([\w+/=-]+) *$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  return Buffer.from(encoded, 'base64').toString().split(':')[0] || undefined
}

function openBatch(body: unknown, app: string | undefined): Batch {
  if (!isFields(body)) throw invalid(`Expected an object with a batch; ${describe(body)} came.`)
  const { batch, context, sentAt } = body
  if (!Array.isArray(batch)) throw invalid(`Expected batch to be an array; ${describe(batch)} came.`)
  if (context != null && !isFields(context))
    throw invalid(`Expected context to be an object; ${describe(context)} came.`)
  const sent = instant.nullish().safeParse(sentAt)
  if (!sent.success) throw invalid(`Expected sentAt to be a time of RFC 3339; ${describe(sentAt)} came.`)
  const around = { app, sentAt: sent.data ?? undefined }
  const translate = (raw: unknown) => translateSegment(context ? inContext(raw, context) : raw, around)
  return { events: batch, sentAt: undefined, translate }
}

function openSingle(body: unknown, type: Call, app: string | undefined): Batch {
  const events = [isFields(body) ? { ...body, type } : body]
  return { events, sentAt: undefined, translate: (raw) => translateSegment(raw, { app, sentAt: undefined }) }
}

/** A message with what its batch says of all; its own context wins. */
function inContext(raw: unknown, shared: Fields): unknown {
  if (!isFields(raw) || (raw.context != null && !isFields(raw.context))) return raw
  return { ...raw, context: { ...shared, ...raw.context } }
}

import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { type Batch, bounded, invalid } from '../batch.js'
import { describe } from '../describe.js'
import { Refusal } from '../validate.js'
import { translateCloudEvent } from './cloud-events.js'
import { appOfQuery, type Fields } from './fields.js'

const SINGLE = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'
export const mediaTypes = [SINGLE, BATCH]

/** Whether the attributes of a CloudEvent stand in the headers, and its data is the body. */
export const isBinaryMode = (headers: IncomingHttpHeaders) =>
  headers['ce-specversion'] !== undefined && !mediaTypes.includes(mediaType(headers))

/** The CloudEvents of a request, at most `limit`; null if its headers do not speak of any. */
export function openCloudEvents(body: unknown, { headers, query }: FastifyRequest, limit: number): Batch | null {
  const type = mediaType(headers)
  if (type === BATCH) return batchOf(arrayOf(body), query, limit)
  if (type === SINGLE) return batchOf([body], query, limit)
  if (!isBinaryMode(headers)) return null
  const event = attributesOf(headers)
  return batchOf([event instanceof Refusal ? event : { ...event, data: body }], query, limit)
}

function batchOf(events: unknown[], query: unknown, limit: number): Batch {
  const app = appOfQuery(query)
  const translate = (raw: unknown) => (raw instanceof Refusal ? raw : translateCloudEvent(raw, app))
  return bounded({ events, sentAt: undefined, translate }, limit)
}

function arrayOf(body: unknown): unknown[] {
  if (Array.isArray(body)) return body
  throw invalid(`Expected an array of CloudEvents; ${describe(body)} came.`)
}

function mediaType({ 'content-type': type = '' }: IncomingHttpHeaders): string {
  return type.split(';')[0]!.trim().toLowerCase()
}

const PREFIX = 'ce-'

function attributesOf(headers: IncomingHttpHeaders): Fields | Refusal {
  const attributes: [string, string][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(PREFIX)) continue
    const text = decode(String(value))
    if (text === null) return new Refusal('event-invalid', `"${name}": expected percent-encoded UTF-8; other came.`)
    attributes.push([name.slice(PREFIX.length), text])
  }
  return Object.fromEntries(attributes)
}

/** Values were quoted in older versions of the standard, and are percent-encoded since. */
function decode(value: string): string | null {
  const bare = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value
  try {
    return decodeURIComponent(bare)
  } catch {
    return null
  }
}

import { AssayError } from '@assay/core/errors'
import { describe, quote } from './describe.js'
import type { Translate } from './formats/translate.js'

/** The events of a request, not yet looked at, and the client's clock when it sent them. */
export interface Batch {
  events: unknown[]
  sentAt: number | undefined
  /** What an event of another format than ours means. */
  translate?: Translate
}

/** A body is one event, an array of events, or an envelope around an array. */
export function toBatch(body: unknown, limit: number): Batch {
  const batch = isEnvelope(body)
    ? openEnvelope(body)
    : { events: Array.isArray(body) ? body : [body], sentAt: undefined }
  return bounded(batch, limit)
}

/** The batch, if it has as many events as a request may. */
export function bounded(batch: Batch, limit: number): Batch {
  const count = batch.events.length
  if (count === 0) throw new AssayError('body-empty', 'Expected at least one event; the batch has none.')
  if (count > limit) throw new AssayError('batch-too-long', `Expected at most ${limit} events; ${count} came.`)
  return batch
}

interface Envelope {
  events: unknown
  sentAt?: unknown
}

function isEnvelope(body: unknown): body is Envelope {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'events')
}

function openEnvelope({ events, sentAt, ...others }: Envelope): Batch {
  if (!Array.isArray(events)) throw invalid(`Expected events to be an array; ${describe(events)} came.`)
  const other = Object.keys(others)[0]
  if (other !== undefined) throw invalid(`Expected only sentAt and events; ${quote(other)} came as well.`)
  if (sentAt !== undefined && !isTime(sentAt)) {
    throw invalid(`Expected sentAt to be Unix milliseconds; ${describe(sentAt)} came.`)
  }
  return { events, sentAt }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 8.64e15

export const invalid = (detail: string) => new AssayError('batch-invalid', detail)

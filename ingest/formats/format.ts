import type { Presented } from '@assay/core/door'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Batch, toBatch } from '../batch.js'
import type { Received } from '../receive.js'
import { accepted } from '../reply.js'
import { openCloudEvents } from './cloud-events-request.js'

/** What differs between the addresses that take events. */
export interface Format {
  /** The headers with the request's key; null while it may still come with the body. */
  presented(request: FastifyRequest, body?: unknown): Presented | null
  /** The events of a body, at most `limit`. */
  open(body: unknown, request: FastifyRequest, limit: number): Batch
  answer(reply: FastifyReply, received: Received): string
}

/** Of POST /v1/events: our own format, or CloudEvents where the headers say so. */
export const ours: Format = {
  presented: ({ headers }) => headers,
  open: (body, request, limit) => openCloudEvents(body, request, limit) ?? toBatch(body, limit),
  answer: accepted,
}

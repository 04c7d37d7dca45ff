import { AssayError } from '@assay/core/errors'
import { problemReply } from '@assay/core/http'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import type { Received, Rejection } from './receive.js'

const ONE_ACCEPTED = '{"accepted":1,"rejected":[]}'

export function accepted(reply: FastifyReply, { entries, rejected, dropped }: Received): string {
  json(reply, 202)
  const one = entries.length === 1 && rejected.length === 0 && dropped === 0
  return one ? ONE_ACCEPTED : JSON.stringify({ accepted: entries.length, rejected, ...(dropped > 0 && { dropped }) })
}

/** What Segment's clients expect, and what became of each message. */
export function success(reply: FastifyReply, { entries, rejected, ignored, dropped }: Received): string {
  json(reply, 200)
  return JSON.stringify({ success: true, accepted: entries.length, rejected, ignored, dropped })
}

const json = (reply: FastifyReply, status: number) =>
  reply.code(status).header('content-type', 'application/json; charset=utf-8')

/** Answers with the reason of every event, as a partly accepted request does. */
export class NoValidEvent extends AssayError {
  constructor(readonly rejected: Rejection[]) {
    const [code, detail] = rejected.every((one) => one.code === 'app-forbidden')
      ? (['app-forbidden', rejected[0]!.message] as const)
      : (['no-valid-event', `Expected at least one valid event; ${rejected.length} came, none valid.`] as const)
    super(code, detail)
  }
}

export function problem(reply: FastifyReply, log: FastifyBaseLogger, error: unknown): FastifyReply {
  const extension = error instanceof NoValidEvent ? { rejected: error.rejected } : {}
  const { status, headers, body } = problemReply(error, extension)
  // Refusals for load carry no cause, and are too many to log when they come.
  if (status >= 500 && !(error instanceof AssayError && error.cause === undefined)) log.error(error)
  return reply.code(status).headers(headers).send(body)
}

import { AssayError, type ErrorCode, toProblem } from './errors.js'

const MAX_DETAIL = 200

/** The codes of Fastify's own refusals that have a counterpart in the catalogue. */
const frameworkCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type-unsupported',
  FST_ERR_CTP_EMPTY_TYPE: 'content-type-unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body-not-json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-not-json',
}

export interface ProblemReply {
  status: number
  headers: Record<string, string>
  body: string
}

/** The problem+json answer to an error; `extension` adds members to it (RFC 9457, section 3.2). */
export function problemReply(error: unknown, extension: Record<string, unknown> = {}): ProblemReply {
  const known = toAssayError(error)
  const problem = toProblem(known)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (known?.retryAfter !== undefined) headers['retry-after'] = String(known.retryAfter)
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer'
  return { status: problem.status, headers, body: JSON.stringify({ ...problem, ...extension }) }
}

/** The catalogue's error for what was thrown, or null for what nobody expected and the server's log should tell of. */
export function toAssayError(error: unknown): AssayError | null {
  if (error instanceof AssayError) return error
  if (!(error instanceof Error)) return null
  const { code, statusCode } = error as Error & { code?: unknown; statusCode?: unknown }
  const detail = error.message.slice(0, MAX_DETAIL)
  const mapped = typeof code === 'string' ? frameworkCodes[code] : undefined
  if (mapped !== undefined) return new AssayError(mapped, detail, { cause: error })
  const refused = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return refused ? new AssayError('query-invalid', detail, { cause: error }) : null
}

/** By weak comparison (RFC 9110, section 13.1.2): proxies that compress make tags weak. */
export function isAmong(tag: string, ifNoneMatch: string | undefined): boolean {
  const asked = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return asked.includes(tag) || asked.includes('*')
}

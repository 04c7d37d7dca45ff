import { expect, it } from 'vitest'
import { AssayError } from './errors.js'
import { problemReply, toAssayError } from './http.js'

const framework = (code: string, statusCode: number) => Object.assign(new Error('words'), { code, statusCode })

it.each<[unknown, number, string, Record<string, string>]>([
  [new AssayError('key-missing', 'd'), 401, 'key-missing', { 'www-authenticate': 'Bearer' }],
  [new AssayError('rate-limited', 'd', { retryAfter: 7 }), 429, 'rate-limited', { 'retry-after': '7' }],
  [new AssayError('queue-full', 'd'), 503, 'queue-full', { 'retry-after': '1' }],
  [framework('FST_ERR_CTP_BODY_TOO_LARGE', 413), 413, 'body-too-large', {}],
  [framework('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 415, 'content-type-unsupported', {}],
  [framework('FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400), 400, 'body-not-json', {}],
  [framework('FST_ERR_VALIDATION', 400), 400, 'query-invalid', {}],
  [framework('FST_ERR_REP_ALREADY_SENT', 500), 500, 'internal', {}],
  [new TypeError('of undefined'), 500, 'internal', {}],
  ['thrown text', 500, 'internal', {}],
])('%s', (error, status, code, headers) => {
  const reply = problemReply(error)
  expect(reply.headers).toEqual({ 'content-type': 'application/problem+json', ...headers })
  expect(reply.status).toBe(status)
  expect(JSON.parse(reply.body)).toMatchObject({ status, code, type: `urn:assay:error:${code}` })
})

it('an unexpected error keeps its words, and its stack, to itself', () => {
  const { body } = problemReply(new TypeError('secret'))
  expect(body).not.toMatch(/secret|at .*\.ts/)
  expect(toAssayError(new TypeError('secret'))).toBeNull()
})

it('an extension adds members', () => {
  expect(JSON.parse(problemReply(new AssayError('no-valid-event', 'd'), { rejected: [1] }).body).rejected).toEqual([1])
})

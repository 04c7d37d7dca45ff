import { innermost } from '@assay/core/definition/innermost'
import { AssayError, type ErrorCode } from '@assay/core/errors'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'

const MAX_SHOWN = 60
const MAX_MESSAGE = 200

/** Checks with zod; what is refused says where, what was expected and what came: `query-invalid`, of bodies this code. */
export const bodyCompiler =
  (code: ErrorCode): FastifySchemaCompiler<z.ZodObject> =>
  ({ schema, httpPart }) =>
  (data: Record<string, unknown>) => {
    if (httpPart === 'body') return checkBody(schema, data, code)
    // The key was looked at before, and is no parameter of any one route.
    const { key: _, ...asked } = data
    const parsed = schema.safeParse(httpPart === 'querystring' ? asked : data)
    return parsed.success ? { value: parsed.data } : { error: refusal(parsed.error.issues[0]!, data, schema) }
  }

export const validatorCompiler = bodyCompiler('definition-invalid')

/** No body says nothing. */
function checkBody(schema: z.ZodObject, data: unknown, refused: ErrorCode) {
  const parsed = schema.safeParse(data ?? {})
  if (parsed.success) return { value: parsed.data }
  const { path, code, message } = innermost(parsed.error.issues[0]!)
  const came = path.reduce((value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step], data)
  const place = path.length === 0 ? 'body' : path.join('.')
  const what = code === 'unrecognized_keys' ? message.slice(0, MAX_MESSAGE) : `${message}; ${shownInBody(came)} came`
  return { error: new AssayError(refused, `${place}: ${what}.`) }
}

const shownInBody = (value: unknown) => (typeof value === 'object' && value !== null ? 'another value' : shown(value))

function refusal(issue: z.core.$ZodIssue, data: Record<string, unknown>, schema: z.ZodObject): AssayError {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    const allowed = known.length === 0 ? 'no parameter' : `only ${known.join(', ')}`
    return new AssayError('query-invalid', `${shown(issue.keys[0])}: expected ${allowed}; this one came as well.`)
  }
  const parameter = String(issue.path[0])
  return new AssayError('query-invalid', `${parameter}: ${issue.message}; ${shown(data[parameter])} came.`)
}

/** A value as a message may show it: JSON, cut short. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `${value.length} values`
  const text = String(value)
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)
}

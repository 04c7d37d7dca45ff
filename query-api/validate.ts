import { AssayError } from '@assay/core/errors'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'

const MAX_SHOWN = 60

/** Checks parameters with zod; what is refused is `query-invalid` and says which, what was expected and what came. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodObject> =
  ({ schema, httpPart }) =>
  (data: Record<string, unknown>) => {
    // The key was looked at before, and is no parameter of any one route.
    const { key: _, ...asked } = data
    const parsed = schema.safeParse(httpPart === 'querystring' ? asked : data)
    return parsed.success ? { value: parsed.data } : { error: refusal(parsed.error.issues[0]!, data, schema) }
  }

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

import { z } from 'zod'

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string().describe('The code of the error catalogue.'),
  detail: z.string().describe('What was expected and what came.'),
  advice: z.string().describe('What to do.'),
})

const refusal = {
  description: 'A refusal or failure (RFC 9457).',
  content: { 'application/problem+json': { schema: problem } },
}

/** What the document says of every read: a summary, its group, and the errors beside the answer. */
export function describeRoute<Schema extends { response: object }>(summary: string, schema: Schema) {
  return { summary, tags: ['query'], ...schema, response: { ...schema.response, default: refusal } }
}

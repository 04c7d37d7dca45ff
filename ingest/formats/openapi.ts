import { z } from 'zod'
import { cloudEvent } from './cloud-events.js'
import { message } from './segment.js'
import { type Call, calls } from './segment-request.js'

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: plain })

/** The format of a time says enough to a reader; its pattern is a line long. */
function plain({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
}

export const rejected = {
  type: 'array',
  items: {
    type: 'object',
    properties: { index: { type: 'integer' }, code: { type: 'string' }, message: { type: 'string' } },
  },
}

export const appParameter = {
  name: 'app',
  in: 'query',
  schema: { type: 'string' },
  description: 'The app of every event of a request in another format than ours.',
}

const one = schemaOf(cloudEvent)
/** CloudEvents 1.0 as bodies. In binary mode, with attributes in `ce-` headers, the body is the event's data. */
export const cloudEvents = {
  'application/cloudevents+json': { schema: one },
  'application/cloudevents-batch+json': { schema: { type: 'array', items: one } },
}

const writeKey = { type: 'string', description: 'The key, where no header and no query has it.' }
const { properties, ...rest } = schemaOf(message)
const oneMessage = {
  ...rest,
  description: 'Beside these, `event` of track, `name` and `category` of page and screen.',
  properties: { ...properties, event: { type: 'string' }, name: { type: 'string' }, category: { type: 'string' } },
}
const time = { type: 'string', format: 'date-time' }
const batch = {
  type: 'object',
  required: ['batch'],
  properties: {
    batch: { type: 'array', items: oneMessage },
    ...{ sentAt: time, context: { type: 'object' }, writeKey },
  },
}
const single = {
  ...oneMessage,
  required: [],
  properties: { ...oneMessage.properties, writeKey },
}

const count = { type: 'integer' }
const answer = {
  type: 'object',
  properties: { success: { const: true }, accepted: count, rejected, ignored: count, dropped: count },
}

const post = (call: Call) => ({
  summary: call === 'batch' ? 'Send messages in Segment’s format' : `Send one ${call} message in Segment’s format`,
  tags: ['ingest'],
  security: [{ basic: [] }, { bearer: [] }, { query: [] }, {}],
  parameters: [appParameter],
  requestBody: { required: true, content: { 'application/json': { schema: call === 'batch' ? batch : single } } },
  responses: {
    '200': {
      description:
        'What counts is in the log, flushed. `rejected` has the messages that are not valid, `ignored` counts those that say nothing that is counted, `dropped` the properties that are not stored.',
      content: { 'application/json': { schema: answer } },
    },
    default: { description: 'None was stored: problem+json with a code of the catalogue.' },
  },
})

/** What the OpenAPI document says of Segment's addresses. */
export const segmentPaths = Object.fromEntries(calls.map((call) => [`/v1/${call}`, { post: post(call) }]))

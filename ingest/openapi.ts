import { wireEvent } from '@assay/core/event'
import { z } from 'zod'

const event = z.toJSONSchema(wireEvent, { io: 'output' })
const rejected = {
  type: 'array',
  items: {
    type: 'object',
    properties: { index: { type: 'integer' }, code: { type: 'string' }, message: { type: 'string' } },
  },
}

/** What the OpenAPI document says of the ingest route. */
export const paths = {
  '/v1/events': {
    post: {
      summary: 'Send events',
      tags: ['ingest'],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              oneOf: [
                event,
                { type: 'array', items: event },
                {
                  type: 'object',
                  required: ['events'],
                  properties: { sentAt: { type: 'number' }, events: { type: 'array', items: event } },
                },
              ],
            },
          },
        },
      },
      responses: {
        '202': {
          description: 'The valid events are in the log, flushed; the others stand in rejected.',
          content: {
            'application/json': { schema: { type: 'object', properties: { accepted: { type: 'integer' }, rejected } } },
          },
        },
        default: { description: 'None was stored: problem+json with a code of the catalogue.' },
      },
    },
  },
}

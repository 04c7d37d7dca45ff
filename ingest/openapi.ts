import { wireEvent } from '@assay/core/event'
import { z } from 'zod'
import { appParameter, cloudEvents, rejected, segmentPaths } from './formats/openapi.js'

const event = z.toJSONSchema(wireEvent, { io: 'output' })

const text = { type: 'string' }
const number = { type: 'number' }
const listOf = (properties: object) => ({ type: 'array', items: { type: 'object', properties } })
const clientTest = {
  type: 'object',
  properties: {
    branches: listOf({ name: text, weight: number }),
    control: text,
    version: { type: 'integer', description: 'Events name branches with it, as branch@version.' },
    within: listOf({ name: text, from: number, to: number }),
    targeting: { type: 'object' },
    sticky: { type: 'boolean' },
    ship: { ...text, description: 'The test is over, and everybody has this branch.' },
  },
}

/** What the OpenAPI document says of the ingest routes. */
export const paths = {
  '/v1/events': {
    post: {
      summary: 'Send events',
      tags: ['ingest'],
      parameters: [
        {
          name: 'encoding',
          in: 'query',
          schema: { const: 'gzip' },
          description: 'Means the same as the header Content-Encoding, which costs browsers a preflight.',
        },
        appParameter,
      ],
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
          ...cloudEvents,
        },
      },
      responses: {
        '202': {
          description:
            'The valid events are in the log, flushed; the others stand in rejected. `dropped` counts fields of a CloudEvent’s data that are not stored, if there are any.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { accepted: { type: 'integer' }, rejected, dropped: { type: 'integer' } },
              },
            },
          },
        },
        default: { description: 'None was stored: problem+json with a code of the catalogue.' },
      },
    },
  },
  ...segmentPaths,
  '/v1/apps/{app}/config': {
    get: {
      summary: 'What clients see of an app’s tests, at once or as it changes',
      tags: ['ingest'],
      parameters: [
        { name: 'app', in: 'path', required: true, schema: { type: 'string' } },
        {
          name: 'If-None-Match',
          in: 'header',
          schema: { type: 'string' },
          description: 'The ETag of the last answer.',
        },
      ],
      responses: {
        '200': {
          description:
            'The tests that run or were shipped. As text/event-stream: `event: config` with the same, now and at each change.',
          headers: { ETag: { schema: { type: 'string' } } },
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  tests: { type: 'object', additionalProperties: clientTest },
                  current: { ...text, description: 'The app’s current test, if it is among them.' },
                },
              },
            },
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        '304': { description: 'It is as it was.' },
        default: { description: 'Problem+json with a code of the catalogue.' },
      },
    },
  },
}

import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { paths } from '../openapi.js'
import { keys, startIngest } from '../testkit/server.js'

const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8')

/** The requests of docs/formats.md, each with the answer it says. */
const examples = [...page.matchAll(/^curl 'http:\/\/[^/]+(\S+)'(.*?) -d '(.*?)'\n# (\d+) ([^\n]*)$/gms)].map(
  ([, url, options, body, status, answer]) => ({
    url: url!.replace('WRITE_KEY', keys.write),
    type: /content-type: (\S+)'/.exec(options!)![1]!,
    authorization: options!.includes('-u WRITE_KEY:') ? `Basic ${btoa(`${keys.write}:`)}` : '',
    ...{ body: body!, status: Number(status), answer: answer! },
  }),
)

interface Operation {
  post: { requestBody: { content: Record<string, { schema: object }> } }
}

/** What the OpenAPI document has against a body. */
function faults(path: string, type: string, body: unknown) {
  const { post } = (paths as Record<string, unknown>)[path] as Operation
  const check = new Ajv2020({ strict: false, validateFormats: false }).compile(post.requestBody.content[type]!.schema)
  check(body)
  return check.errors
}

it('the page has an example of each format', () => {
  expect(examples.map(({ type }) => type)).toEqual(['application/json', 'application/cloudevents-batch+json'])
})

it.each(examples)('$url answers as the page says', async ({ url, type, authorization, body, status, answer }) => {
  const { post } = await startIngest()
  const reply = await post(body, { url, headers: { authorization, 'content-type': type } })
  expect([reply.statusCode, reply.body]).toEqual([status, answer])
})

it.each(examples)('$url takes what the API page says', ({ url, type, body }) => {
  expect(faults(url.split('?')[0]!, type, JSON.parse(body))).toBeNull()
})

it.each([
  ['/v1/batch', 'application/json', { batch: [{ type: 'charge' }] }],
  ['/v1/batch', 'application/json', { batch: [{ type: 'track', userId: 7 }] }],
  ['/v1/track', 'application/json', { properties: [] }],
  ['/v1/events', 'application/cloudevents+json', { specversion: '0.3', id: '1', source: '/', type: 'e' }],
  ['/v1/events', 'application/cloudevents+json', { specversion: '1.0', id: '1', source: '/', type: 'e', data: 'x' }],
])('the API page refuses at %s as %s: %j', (path, type, body) => {
  expect(faults(path, type, body)).not.toBeNull()
})

import { metricKinds } from '@assay/core/definition/metric'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { metricExamples } from './metric-examples.js'
import { type Harness, startQueryApi } from './testkit/server.js'

interface Operation {
  summary: string
  requestBody?: { content: Record<string, { schema: object; examples?: object }> }
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>
}

interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

let api: Harness
let document: Document
beforeAll(async () => {
  api = await startQueryApi()
  document = (await api.server.inject('/v1/openapi.json')).json()
})
afterAll(() => api.close())

it('lists every address, and needs no key', () => {
  expect([document.openapi, document.info.title]).toEqual(['3.1.0', 'Assay'])
  expect(Object.keys(document.paths).sort()).toEqual([
    '/_newtest/{app}/{testId}',
    '/v1/apps',
    '/v1/apps/{app}/canary',
    '/v1/apps/{app}/canary/flagger',
    '/v1/apps/{app}/canary/flagger/confirm-promotion',
    '/v1/apps/{app}/canary/flagger/rollback',
    '/v1/apps/{app}/imports/{digest}',
    '/v1/apps/{app}/metrics',
    '/v1/apps/{app}/metrics/{name}',
    '/v1/apps/{app}/metrics/{name}/history',
    '/v1/apps/{app}/tail',
    '/v1/apps/{app}/tests',
    '/v1/apps/{app}/tests/{testId}',
    '/v1/apps/{app}/tests/{testId}/archive',
    '/v1/apps/{app}/tests/{testId}/breakdown',
    '/v1/apps/{app}/tests/{testId}/current',
    '/v1/apps/{app}/tests/{testId}/definition',
    '/v1/apps/{app}/tests/{testId}/effects',
    '/v1/apps/{app}/tests/{testId}/explain',
    '/v1/apps/{app}/tests/{testId}/history',
    '/v1/apps/{app}/tests/{testId}/novelty',
    '/v1/apps/{app}/tests/{testId}/results',
    '/v1/apps/{app}/tests/{testId}/rollout',
    '/v1/apps/{app}/tests/{testId}/series',
    '/v1/apps/{app}/tests/{testId}/start',
    '/v1/apps/{app}/tests/{testId}/stop',
    '/v1/apps/{app}/tests/{testId}/users',
    '/v1/sql',
  ])
})

it('says of each what it takes, answers and refuses', () => {
  const operations = Object.entries(document.paths).flatMap(([path, own]) =>
    Object.values(own).map((operation) => [path, operation] as const),
  )
  for (const [path, { parameters = [], responses }] of operations) {
    const inPath = parameters.filter((p) => p.in === 'path')
    expect(inPath.map((p) => `{${p.name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
    expect(inPath.every((p) => p.required)).toBe(true)
    expect(responses['200']!.description).toBeTypeOf('string')
    expect(Object.keys(responses.default!.content)).toEqual(['application/problem+json'])
  }
  const asked = (route: string) =>
    document.paths[`/v1/apps/{app}/tests/{testId}/${route}`]!.get!.parameters!.filter((p) => p.in === 'query')
  const optional = ['bucket', 'tz', 'from', 'to'].map((name) => [name, false])
  const named = (route: string) => asked(route).map((p) => [p.name, p.required ?? false])
  expect(named('series')).toEqual([['event', true], ...optional, ['cumulative', false], ['format', false]])
  expect(named('effects')).toEqual([['metric', false], ...optional, ['control', false]])
})

it('shows a metric of each kind', () => {
  const { examples } = document.paths['/v1/apps/{app}/metrics/{name}']!.put!.requestBody!.content['application/json']!
  expect(examples).toEqual(metricExamples)
  expect(Object.keys(metricExamples)).toEqual(metricKinds)
})

it('says what conditions are, wherever they may be sent', () => {
  const bodyOf = (path: string) => {
    const text = JSON.stringify(document.paths[path]!.put!.requestBody!.content['application/json']!.schema)
    return [...text.matchAll(/"(filter|targeting)":(\{.*?\})/g)].map(([, field, schema]) => [
      field,
      JSON.parse(schema!),
    ])
  }
  const refer = (field: string, name: string) => [field, { $ref: `#/components/schemas/${name}` }]
  const ofMetric = bodyOf('/v1/apps/{app}/metrics/{name}')
  // One of most kinds, two of a ratio's parts.
  expect(ofMetric).toEqual(Array(metricKinds.length + 1).fill(refer('filter', 'Filter')))
  const ofTest = bodyOf('/v1/apps/{app}/tests/{testId}')
  expect(new Set(ofTest.map(([, schema]) => schema.$ref)).size).toBe(2)
  expect(ofTest).toContainEqual(refer('targeting', 'Condition'))
  const { Condition, Filter } = document.components.schemas
  expect(Condition).toMatchObject({ properties: { $and: { items: { $ref: '#/components/schemas/Condition' } } } })
  expect(JSON.stringify(Condition)).toContain('$versionGte')
  expect(JSON.stringify(Filter)).not.toContain('$versionGte')
})

it('refers to nothing that is not in it', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1]!)
  for (const reference of references) {
    const at = reference.split('/').reduce<unknown>((o, step) => (o as Record<string, unknown>)?.[step], document)
    expect(at, reference).toBeTypeOf('object')
  }
})

it('has a page for people that takes nothing from elsewhere', async () => {
  const page = await api.server.inject('/v1/docs/')
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]!)
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) {
    expect(file).not.toMatch(/^(https?:)?\/\//)
    expect((await api.server.inject(new URL(file, 'http://x/v1/docs/').pathname)).statusCode, file).toBe(200)
  }
  const json = (await api.server.inject('/v1/docs/json')).json()
  expect(json).toEqual(document)
})

import type { Results } from '@assay/query-api/analysis/reply'
import { expect, test } from 'vitest'
import { get, settled, start } from '../support/running.js'
import { tempDir } from '../support/temp.js'

// One test, told half in Segment's messages and half as CloudEvents.
const users = Array.from({ length: 20 }, (_, i) => ({ user: `user-${i}`, branch: i % 2 ? 'blue' : 'control' }))
const bySegment = users.slice(0, 10).flatMap(({ user: userId, branch }) => [
  {
    ...{ type: 'track', userId, messageId: `${userId}-seen`, event: 'Experiment Viewed' },
    properties: { experiment_id: 'button', variation_id: branch },
  },
  {
    ...{ type: 'track', userId, messageId: `${userId}-buy`, event: 'buy', properties: { revenue: 2 } },
    context: { assay: { tests: { button: branch } } },
  },
])
const byCloudEvents = users.slice(10).flatMap(({ user: subject, branch }) =>
  ['$exposure', 'buy'].map((type) => ({
    ...{ specversion: '1.0', id: `${subject} ${type}`, source: '/web', type, subject, app: 'web' },
    data: { value: 3, tests: { button: branch } },
  })),
)

test('events in other formats count as any do, and once', async () => {
  const server = await start(tempDir())
  const post = async (path: string, headers: Record<string, string>, body: unknown) =>
    (await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).status
  const basic = { authorization: `Basic ${btoa(`${server.keys.write}:`)}`, 'content-type': 'application/json' }
  const bearer = { authorization: `Bearer ${server.keys.write}`, 'content-type': 'application/cloudevents-batch+json' }
  // Twice, as a client does whose answer was lost.
  for (const _ of [1, 2]) {
    expect(await post('/v1/batch?app=web', basic, { batch: bySegment })).toBe(200)
    expect(await post('/v1/events', bearer, byCloudEvents)).toBe(202)
  }
  expect((await settled(server)).duplicates).toBe(40)
  const { branches, metrics } = await get<Results>(server, '/v1/apps/web/tests/button/results')
  expect(branches).toEqual(['blue', 'control'].map((branch) => ({ branch, users: 10 })))
  const value = metrics.find(({ event, kind }) => event === 'buy' && kind === 'sum')!
  expect(value.branches.map(({ sum }) => sum)).toEqual([25, 25])
})

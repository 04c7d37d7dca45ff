import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeMoments, usersOf } from '../testkit/rows.js'
import { type Harness, startQueryApi } from '../testkit/server.js'
import type { Results } from './reply.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

test.each([
  ['nobody', {}, { users: 0, differing: 0, shared: 0 }, []],
  ['alike', { identified: 20 }, { users: 40, differing: 0, shared: 0 }, []],
  [
    'differing',
    { identified: 20, differing: 3 },
    { users: 40, differing: 6, shared: 0 },
    [/^6 of 40 users known by sev/],
  ],
  [
    'shared',
    { identified: 20, shared: 1 },
    { users: 40, differing: 0, shared: 2 },
    [/^2 users have an id .* the first/],
  ],
])('users known by several ids: %s', async (testId, counts, expected, messages) => {
  const rows = usersOf({ a: 500, b: 500 }).map((row) => ({ ...row, ...counts }))
  const buy = rows.map((row) => ({ ...row, event: 'buy' }))
  await storeMoments(api.store, testId, '2026-06-15T11:59:30.123Z', [...rows, ...buy])
  const found: Results = (await api.get(`/v1/apps/shop/tests/${testId}/results`)).json()
  expect(found.identified).toEqual(expected)
  expect(found.warnings.map(({ message }) => message)).toEqual(messages.map((m) => expect.stringMatching(m)))
})

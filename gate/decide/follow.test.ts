import { expect, onTestFinished, test } from 'vitest'
import { FakeServer } from '../testkit/server.js'
import { release } from '../testkit/tests.js'
import { Decisions } from './decisions.js'
import { follow } from './follow.js'

const STALE = 1000

async function following(server: FakeServer, app = 'shop') {
  const looks: (string | undefined)[] = []
  const followed = follow({
    url: server.url,
    key: 'w',
    app,
    stale: STALE,
    onLook: (error) => looks.push(error?.message),
  })
  onTestFinished(() => void followed.close())
  await followed.ready
  return { followed, looks, decisions: new Decisions(followed) }
}

test('weights are known at once, and a change soon after', async () => {
  const server = await FakeServer.start(release(0.1))
  const { decisions } = await following(server)
  expect(decisions.rollout()).toBeCloseTo(0.1)
  server.config = release(0.5)
  await expect.poll(() => decisions.rollout(), { timeout: 5000 }).toBeCloseTo(0.5)
  server.config = release(0)
  await expect.poll(() => decisions.rollout(), { timeout: 5000 }).toBe(0)
})

test('an answer that nothing has changed keeps it fresh', async () => {
  const server = await FakeServer.start(release(1))
  const { decisions } = await following(server)
  await expect.poll(() => server.looks, { timeout: 20 * STALE }).toBeGreaterThan(8)
  expect([decisions.rollout(), new Set(server.statuses.slice(1))]).toEqual([1, new Set([304])])
})

test.each(['hang', 'refuse', 'drop', 'damage'] as const)(
  'a server that begins to %s: all is control within the time, and as before once it is well',
  async (mood) => {
    const server = await FakeServer.start(release(1))
    const { decisions, looks } = await following(server)
    expect(decisions.rollout()).toBe(1)
    server.mood = mood
    // Whoever may be asked with another tag is answered in full, and so is damaged.
    if (mood === 'damage') server.config = { ...release(1), more: 'x' }
    await expect.poll(() => decisions.rollout(), { timeout: 20 * STALE }).toBe(0)
    // A look that hangs is given up when it may be stale already.
    await expect.poll(() => looks.at(-1), { timeout: 20 * STALE }).toEqual(expect.any(String))
    server.mood = 'answer'
    await expect.poll(() => decisions.rollout(), { timeout: 20 * STALE }).toBe(1)
  },
)

test.each(['hang', 'refuse', 'drop', 'damage'] as const)(
  'a server that will %s from the start: control',
  async (mood) => {
    const server = await FakeServer.start(release(1))
    server.mood = mood
    const { followed, decisions } = await following(server)
    expect([followed.isFresh(), followed.last, decisions.rollout()]).toEqual([false, null, 0])
  },
)

test.each(['null', '[]', '7', '{"tests":7}', '{"tests":null}', '{}'])('a config that is %s: control', async (text) => {
  const { decisions } = await following(await FakeServer.start(JSON.parse(text)))
  expect(decisions.rollout()).toBe(0)
})

test('an answer counts from when it was asked for, by a clock that does not jump', async () => {
  const server = await FakeServer.start(release(1))
  let now = 0
  const followed = follow({ url: server.url, key: 'w', app: 'shop', stale: 8000, clock: () => now })
  onTestFinished(() => void followed.close())
  await followed.ready
  const fresh = [0, 8000, 8001, 1e9].map((time) => {
    now = time
    return followed.isFresh()
  })
  expect(fresh).toEqual([true, true, false, false])
})

import { expect, onTestFinished, test } from 'vitest'
import { FakeServer } from '../testkit/server.js'
import { Reporter } from './reporter.js'

async function reporting() {
  const server = await FakeServer.start({})
  let dropped = 0
  const onDrop = (count: number) => {
    dropped += count
  }
  const reporter = new Reporter({ url: server.url, key: 'w', app: 'shop', instance: 'gate:test', onDrop })
  onTestFinished(() => void reporter.close())
  return { server, reporter, dropped: () => dropped }
}

const ann = { user: 'ann', testId: 'release', label: 'next@1' }

test('an exposure is said once of a user, a test and a branch', async () => {
  const { server, reporter } = await reporting()
  for (const one of [ann, ann, { ...ann, user: 'bob' }, { ...ann, testId: 'other' }, { ...ann, label: 'next@2' }, ann])
    reporter.exposed(one)
  await reporter.close()
  expect(server.named('$exposure').map(({ user, tests }) => [user, tests])).toEqual([
    ['ann', { release: 'next@1' }],
    ['bob', { release: 'next@1' }],
    ['ann', { other: 'next@1' }],
    ['ann', { release: 'next@2' }],
  ])
})

test('each second, how many requests went to each branch since the last one', async () => {
  const { server, reporter } = await reporting()
  reporter.sent(ann)
  reporter.sent({ ...ann, user: 'bob' })
  reporter.sent({ ...ann, label: 'master@1' })
  await expect.poll(() => server.events.length, { timeout: 5000 }).toBe(2)
  expect(server.events).toMatchObject([
    { user: 'gate:test', event: '$sent', value: 2, tests: { release: 'next@1' } },
    { user: 'gate:test', event: '$sent', value: 1, tests: { release: 'master@1' } },
  ])
  reporter.sent(ann)
  await reporter.close()
  expect(server.events.slice(2)).toMatchObject([{ value: 1, tests: { release: 'next@1' } }])
})

test('while the server is away, the newest 20,000 events wait, and the others are counted', async () => {
  const { server, reporter, dropped } = await reporting()
  server.mood = 'drop'
  for (let i = 0; i < 20_100; i++) reporter.ended(`user-${i}`, ann, 'ok', i)
  expect(dropped()).toBe(100)
  server.mood = 'answer'
  await expect.poll(() => server.events.length, { timeout: 10_000 }).toBe(20_000)
  expect(server.events[0]).toMatchObject({ user: 'user-100', value: 100 })
})

test('a server that hangs is not waited for at the end', async () => {
  const { server, reporter } = await reporting()
  server.mood = 'hang'
  reporter.exposed(ann)
  const begun = performance.now()
  await reporter.close()
  expect(performance.now() - begun).toBeLessThan(10_000)
})

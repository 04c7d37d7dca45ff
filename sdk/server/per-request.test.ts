import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeServer, unreachable } from '../testkit/fake-server.js'
import { type PerRequestOptions, perRequest } from './server.js'

let server: FakeServer
let errors: string[]
let drops: [count: number, reason: string][]
beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  errors = []
  drops = []
})
afterEach(() => void vi.useRealTimers())

const tests = (branch: string) => ({ checkout: { branches: [{ name: branch, weight: 1 }] } })
const serve = (branch: string) => {
  server.config = { status: 200, body: JSON.stringify({ tests: tests(branch) }) }
}
const looks = () => server.urls.filter((url) => url.includes('/config?')).length

/** Requests to one isolate, each told the branch of its user; the work it left is awaited before the next. */
function isolate(options: Partial<PerRequestOptions> = {}) {
  const clientOf = perRequest({
    ...{ url: 'https://assay.test', key: 'w', app: 'shop', fetch: server.fetch },
    ...{ onError: (error) => errors.push(error.message), onDrop: (...drop) => drops.push(drop), ...options },
  })
  const open = async (user = 'ann') => {
    const work: Promise<unknown>[] = []
    const client = await clientOf({ waitUntil: (promise) => work.push(promise) })
    const visitor = client.visitor({ user })
    return { client, visitor, branch: visitor.assign('checkout'), work }
  }
  const ask = async (user?: string) => {
    const { client, branch, work } = await open(user)
    await Promise.all([...work, client.close()])
    return branch
  }
  return { open, ask }
}

test('the first request waits for the tests; a minute later one looks again, and none waits for that', async () => {
  const { ask } = isolate()
  serve('a')
  expect([await ask(), await ask(), looks()]).toEqual(['a', 'a', 1])
  serve('b')
  vi.advanceTimersByTime(59_999)
  expect([await ask(), looks()]).toEqual(['a', 1])
  vi.advanceTimersByTime(1)
  expect([await ask(), looks(), await ask(), looks()]).toEqual(['a', 2, 'b', 2])
  expect(errors).toEqual([])
})

test('a look that fails later leaves the tests as they were, until the next', async () => {
  const { ask } = isolate({ refresh: 1000 })
  serve('a')
  await ask()
  server.config = { status: 503, body: '' }
  vi.advanceTimersByTime(1000)
  expect([await ask(), await ask(), looks()]).toEqual(['a', 'a', 2])
  expect(errors).toEqual([expect.stringMatching(/^config: 503, 0 characters/)])
})

test('nobody answers: one request waits for so long, those of the next five seconds do not', async () => {
  let answer = (_: Response) => {}
  const hung = new Promise<Response>((resolve) => {
    answer = resolve
  })
  const { open } = isolate({ patience: 300, fetch: async () => hung })
  const first = open()
  await vi.advanceTimersByTimeAsync(299)
  const second = open()
  await vi.advanceTimersByTimeAsync(300)
  expect([(await first).branch, (await second).branch, (await open()).branch]).toEqual(['master', 'master', 'master'])
  expect(errors).toEqual(Array.from({ length: 2 }, () => 'config: took longer than 300 ms'))
  answer(Response.json({ tests: tests('late') }))
  await Promise.all((await first).work)
  expect((await open()).branch).toBe('late')
})

test('tests that are given are not fetched, until they are old; never, where nobody looks', async () => {
  serve('b')
  const { ask } = isolate({ config: { tests: tests('a') }, refresh: 1000 })
  const still = isolate({ config: { tests: tests('a') }, refresh: 0 })
  expect([await ask(), await still.ask(), looks()]).toEqual(['a', 'a', 0])
  vi.advanceTimersByTime(1e9)
  expect([await ask(), await ask(), looks()]).toEqual(['a', 'b', 1])
  expect([await still.ask(), looks()]).toEqual(['a', 1])
})

test('an exposure that arrived is not told again; one of a request that was broken off is', async () => {
  const { open, ask } = isolate({ config: { tests: tests('a') } })
  await open()
  await ask()
  await ask()
  await ask('bob')
  expect(server.events.map(({ user }) => user)).toEqual(['ann', 'bob'])
})

test('what a request could not deliver goes with the next, once, however often its client is closed', async () => {
  const { open, ask } = isolate({ config: { tests: tests('a') } })
  server.replies.push(unreachable, unreachable)
  const { client } = await open('ann')
  await client.close()
  await client.close()
  await ask('bob')
  await ask('bob')
  await ask('cho')
  const ids = server.batches
    .slice(-2)
    .flat()
    .map(({ id }) => id)
  expect(server.events.map(({ user }) => user).sort()).toEqual(['ann', 'ann', 'ann', 'bob', 'bob', 'cho'].sort())
  expect(new Set(ids).size).toBe(ids.length)
  expect(drops).toEqual([])
})

test('no more waits in an isolate than the queue holds', async () => {
  const { open } = isolate({ config: { tests: {} }, queue: 3 })
  server.replies.push(...Array.from({ length: 4 }, () => unreachable))
  for (const user of ['a', 'b', 'c', 'd']) {
    const { client, visitor } = await open(user)
    visitor.track(`by ${user}`)
    await client.close()
  }
  expect(drops).toEqual([[1, 'queue-full']])
  const { client } = await open('e')
  await client.close()
  expect(server.batches.at(-1)!.map(({ event }) => event)).toEqual(['by b', 'by c', 'by d'])
})

const hanging = () => new Promise<Response>(() => {})

test('what a request was still sending when it was broken off goes with a later one', async () => {
  const { open, ask } = isolate({ config: { tests: tests('a') }, refresh: 0 })
  server.replies.push(unreachable, hanging)
  const { client } = await open('ann')
  await client.close()
  const broken = await open('bob')
  void broken.client.close()
  await vi.waitFor(() => expect(server.batches).toHaveLength(2))
  await ask('cho')
  expect(server.batches.at(-1)!.map(({ user }) => user)).toEqual(['cho'])
  vi.advanceTimersByTime(60_000)
  await ask('dan')
  expect(
    server.batches
      .at(-1)!
      .map(({ user }) => user)
      .sort(),
  ).toEqual(['ann', 'bob', 'dan'])
  await ask('eve')
  expect(server.batches.at(-1)!.map(({ user }) => user)).toEqual(['eve'])
})

test('what is given up by consent denied goes with no other request', async () => {
  const { open, ask } = isolate({ config: { tests: tests('a') } })
  const { client } = await open('ann')
  client.consent('denied')
  await client.close()
  await ask('bob')
  expect(server.events.map(({ user }) => user)).toEqual(['bob'])
  expect(drops).toEqual([[1, 'no-consent']])
})

test('an isolate whose requests are all broken off keeps the newest ten thousand', async () => {
  const { open } = isolate({ config: { tests: {} }, queue: 20_000 })
  const { visitor } = await open('ann')
  for (let i = 0; i < 10_001; i++) visitor.track('view')
  expect(drops).toEqual([[1, 'queue-full']])
})

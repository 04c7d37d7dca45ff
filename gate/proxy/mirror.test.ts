import { expect, test } from 'vitest'
import { proxy } from '../testkit/proxy.js'
import { nobody, upstream } from '../testkit/upstream.js'

const ID = 'V1StGXR8_Z5jdHi6B-myT'

/** Counts the copies that were dropped. */
function drops() {
  const seen = { mirror: 0, events: 0 }
  const dropped = (what: 'mirror' | 'events', count: number) => {
    seen[what] += count
  }
  return { seen, monitor: { dropped } }
}

test('a copy of each safe request, as the branch gets it', async () => {
  const [app, shadow] = [await upstream('app'), await upstream('shadow')]
  const { ask } = await proxy({ upstreams: { control: app.url }, mirror: shadow.url })
  for (const method of ['GET', 'POST', 'HEAD', 'DELETE'])
    expect((await ask({ method, path: '/a?b', headers: { cookie: `assay=1.${ID}` } })).headers['x-app']).toBe('app')
  await expect.poll(() => shadow.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
  const { url, headers } = shadow.requests[0]!
  expect({ url, headers }).toEqual({ url: '/a?b', headers: app.requests[0]!.headers })
})

test('with all, bodies too', async () => {
  const bodies: string[] = []
  const shadow = await upstream('shadow', async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    bodies.push(body)
    response.end()
  })
  const app = await upstream('app', (request, response) => request.pipe(response))
  const { ask } = await proxy({ upstreams: { control: app.url }, mirror: shadow.url, mirrorAll: true })
  const body = 'x'.repeat(500_000)
  expect((await ask({ method: 'POST', body })).body).toBe(body)
  await expect.poll(() => bodies).toEqual([body])
})

test.each([
  ['is away', async () => nobody()],
  ['fails', async () => (await upstream('shadow', (_, response) => response.writeHead(500).end())).url],
  ['hangs', async () => (await upstream('shadow', () => {})).url],
  ['hangs up', async () => (await upstream('shadow', (request) => request.socket.destroy())).url],
])('a mirror that %s: nobody sees it, and nothing is told of it', async (_, mirrorAt) => {
  const app = await upstream('app', (request, response) => request.pipe(response))
  const { ask, told, close } = await proxy({
    upstreams: { control: app.url },
    mirror: await mirrorAt(),
    mirrorAll: true,
  })
  const body = 'x'.repeat(100_000)
  for (let i = 0; i < 5; i++) expect(await ask({ method: 'PUT', body })).toMatchObject({ status: 200, body })
  await close()
  expect(told.named('$request').map(({ props }) => props)).toEqual(Array(5).fill({ outcome: 'ok' }))
})

test('more copies than may be under way at once are dropped and counted', async () => {
  const [app, shadow] = [await upstream('app'), await upstream('shadow', () => {})]
  const { seen, monitor } = drops()
  const { ask } = await proxy({ upstreams: { control: app.url }, mirror: shadow.url, monitor })
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask()))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(seen).toEqual({ mirror: 36, events: 0 })
  await expect.poll(() => shadow.requests.length).toBe(64)
})

test('a mirror that does not read falls behind, and the upload waits for the app alone', async () => {
  const app = await upstream('app', (request, response) => request.resume().on('end', () => response.end('whole')))
  const shadow = await upstream('shadow', (request) => request.pause())
  const { seen, monitor } = drops()
  const { ask } = await proxy({ upstreams: { control: app.url }, mirror: shadow.url, mirrorAll: true, monitor })
  expect((await ask({ method: 'POST', body: 'x'.repeat(30_000_000) })).body).toBe('whole')
  expect(seen.mirror).toBe(1)
})

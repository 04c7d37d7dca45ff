import { createSocket } from 'node:dgram'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type GateOptions, type Notice, startGate } from './gate.js'
import { ask } from './testkit/ask.js'
import { FakeServer } from './testkit/server.js'
import { tempPath } from './testkit/temp.js'
import { canaryAt, release } from './testkit/tests.js'
import { upstream } from './testkit/upstream.js'

const STALE = 1000
const PATIENCE = { timeout: 10 * STALE }

/** A gate with every door, and what each says of a user, who is in the canary as soon as there is one. */
async function gate(server: FakeServer, more: Partial<GateOptions> = {}) {
  const path = tempPath('gate.sock')
  const notices: Notice[] = []
  const started = await startGate({
    ...{ url: server.url, key: 'w', apps: ['shop'], host: '127.0.0.1', stale: STALE, http: 0 },
    sockets: [{ app: 'shop', path }],
    agents: [
      { app: 'shop', port: 0 },
      { app: 'shop', port: 0, isControl: true },
    ],
    onNotice: (notice) => notices.push(notice),
    ...more,
  })
  onTestFinished(() => started.close())
  const doors = async () => {
    const told = await fetch(`${started.http}/v1/gate/shop`)
    const agents = await Promise.all(started.agents.map(({ port }) => ask(port)))
    const socket = (await ask(path, '0\n')).split('\n')[1]
    return [socket, told.headers.get('x-assay-branch'), ...agents.map((text) => text.trim())]
  }
  return { path, notices, started, doors }
}

const CANARY = ['canary', 'next', '100%', '0%']
const CONTROL = ['master', 'master', '0%', '100%']

test('every door says the same, and all say control once the server is gone', async () => {
  const server = await FakeServer.start(release(1))
  const { doors, notices, started } = await gate(server)
  await expect.poll(doors, PATIENCE).toEqual(CANARY)
  expect((await fetch(`${started.http}/ready`)).status).toBe(200)
  server.mood = 'drop'
  await expect.poll(doors, PATIENCE).toEqual(CONTROL)
  expect((await fetch(`${started.http}/ready`)).status).toBe(503)
  await expect.poll(() => notices.at(-1)?.isFresh, PATIENCE).toBe(false)
  server.mood = 'answer'
  await expect.poll(doors, PATIENCE).toEqual(CANARY)
  expect(notices.slice(-3).map(({ isFresh }) => isFresh)).toEqual([true, false, true])
  expect(notices.at(-2)).toEqual({ app: 'shop', isFresh: false, reason: expect.stringMatching(/\w/) })
})

test('a server that refuses the key, from the start: control, and told of once', async () => {
  const server = await FakeServer.start(release(1))
  server.mood = 'refuse'
  const { doors, notices } = await gate(server)
  await expect.poll(() => server.looks, PATIENCE).toBeGreaterThan(2)
  expect(await doors()).toEqual(CONTROL)
  expect(notices).toEqual([{ app: 'shop', isFresh: false, reason: expect.any(String) }])
})

test('a malformed test is told of by name, and its users have the control', async () => {
  const server = await FakeServer.start({ tests: { release: { branches: 7 }, fine: canaryAt(1) }, current: 'release' })
  const { doors, notices } = await gate(server)
  const reason = expect.stringMatching(/malformed.*: release$/)
  await expect.poll(() => notices.at(-1), PATIENCE).toEqual({ app: 'shop', isFresh: true, reason })
  expect(await doors()).toEqual(CONTROL)
})

test('while the file of maintenance is there, all is control', async () => {
  const maintenance = tempPath('maintenance')
  writeFileSync(maintenance, '')
  const { doors } = await gate(await FakeServer.start(release(1)), { maintenance })
  expect(await doors()).toEqual(CONTROL)
  rmSync(maintenance)
  await expect.poll(doors, PATIENCE).toEqual(CANARY)
})

test('each app and test has a socket of its own', async () => {
  const server = await FakeServer.start({ tests: { release: canaryAt(1), other: canaryAt(0) }, current: 'release' })
  const [blog, other] = [tempPath('blog.sock'), tempPath('other.sock')]
  await gate(server, {
    apps: ['shop', 'blog'],
    sockets: [
      { app: 'blog', path: blog },
      { app: 'shop', test: 'other', path: other },
    ],
  })
  await expect.poll(() => ask(blog, '0.9\n'), PATIENCE).toBe('0.9\ncanary\n\n')
  expect(await ask(other, '0\n')).toBe('0\nmaster\n\n')
})

test('the proxy goes by the same decisions, and what came of requests is told', async () => {
  const server = await FakeServer.start(release(1))
  const [control, canary] = [await upstream('control'), await upstream('canary')]
  const { started } = await gate(server, {
    proxy: { app: 'shop', port: 0, timeout: 1000, upstreams: { control: control.url, next: canary.url } },
  })
  const body = async () => (await fetch(started.proxy!)).text()
  await expect.poll(body, PATIENCE).toBe('canary GET /')
  const exposed = { app: 'shop', event: '$exposure', tests: { release: 'next@1' } }
  await expect.poll(() => server.named('$exposure'), PATIENCE).toContainEqual(expect.objectContaining(exposed))
  await expect
    .poll(() => server.named('$sent')[0], PATIENCE)
    .toMatchObject({
      ...{ user: expect.stringMatching(/^gate:.+:\d+-[0-9a-f]{8}$/), tests: { release: 'next@1' } },
    })
  expect(server.named('$request')[0]).toMatchObject({ app: 'shop', props: { outcome: 'ok' } })
  server.mood = 'drop'
  await expect.poll(body, PATIENCE).toBe('control GET /')
})

test.each([
  [true, [{ user: 'ann', app: 'shop', tests: { release: 'next@1' } }]],
  [undefined, []],
])('with expose %s, users whom the HTTP door tells of: %o', async (expose, expected) => {
  const server = await FakeServer.start(release(1))
  const { started, doors } = await gate(server, { expose })
  const { http } = started
  await expect.poll(doors, PATIENCE).toEqual(CANARY)
  for (const path of ['shop', 'shop/release', 'shop/unknown', 'other'])
    await fetch(`${http}/v1/gate/${path}`, { headers: { 'x-assay-user': 'ann' } })
  await started.close()
  const exposures = server.named('$exposure').filter(({ user }) => user === 'ann')
  expect(exposures).toMatchObject(expected)
})

test('metrics of requests and of looks at the server', async () => {
  let received = ''
  const statsd = createSocket('udp4').on('message', (bytes) => {
    received += bytes
  })
  await new Promise<void>((resolve) => statsd.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void statsd.close())
  const { path, started } = await gate(await FakeServer.start(release(1)), {
    proxy: { app: 'shop', port: 0, timeout: 1000, upstreams: { control: (await upstream('app')).url } },
    statsd: { host: '127.0.0.1', port: (statsd.address() as AddressInfo).port, prefix: 'shop.gate', every: 5 },
  })
  await expect.poll(() => ask(path, '0\n'), PATIENCE).toContain('canary')
  await ask(path, 'x\n')
  await fetch(started.proxy!)
  const proxied = 'proxy.requests:N|c|#location:canary,outcome:ok'
  for (const name of [proxied, 'handler.success:N|c|#location:canary', 'handler.failure:N|c', 'server.success:N|c'])
    await expect.poll(() => received.replaceAll(/:[1-9]\d*\|c/g, ':N|c'), PATIENCE).toContain(`shop.gate.${name}\n`)
  expect(received).toContain('shop.gate.rollout.update.success:1|c\n')
})

test('where a port is taken, no door stays open', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const path = tempPath('gate.sock')
  const { port } = taken.address() as AddressInfo
  const server = await FakeServer.start(release(1))
  await expect(gate(server, { sockets: [{ app: 'shop', path }], http: port })).rejects.toThrow(/EADDRINUSE/)
  expect(existsSync(path)).toBe(false)
})

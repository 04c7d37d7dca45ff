import type { Results } from '@assay/query-api/analysis/reply'
import { type Client, type ClientOptions, createClient, serverSent } from '@assay/sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { assay } from '../support/command.js'
import { FetchEventSource } from '../support/event-source.js'
import { get } from '../support/running.js'
import { type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'

const APP = 'shop'

let data: ReturnType<typeof makeTempDir>
let server: ServerProcess
const clients: Client[] = []
beforeAll(async () => {
  vi.stubGlobal('EventSource', FetchEventSource)
  data = makeTempDir()
  server = (await startServer(data.path))!
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await server.end('SIGTERM')
  data.remove()
})

const definition = (weights: Record<string, number>, more: object = {}) => ({
  branches: Object.entries(weights).map(([name, weight]) => ({ name, weight })),
  control: 'master',
  metrics: [],
  ...more,
})

async function ask(method: string, path: string, body?: object, match?: string) {
  const headers = {
    authorization: `Bearer ${server.keys.admin}`,
    ...(body && { 'content-type': 'application/json' }),
    ...(match !== undefined && { 'if-match': match }),
  }
  const reply = await fetch(`${server.url}/v1/apps/${APP}/tests/${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  const { code, version } = (await reply.json()) as { code?: string; version?: number }
  return { status: reply.status, etag: reply.headers.get('etag')!, code, version }
}

async function begin(testId: string, body: object): Promise<string> {
  expect(await ask('PUT', testId, body)).toMatchObject({ status: 201, version: 1 })
  const started = await ask('POST', `${testId}/start`)
  expect(started).toMatchObject({ status: 200, version: 2 })
  return started.etag
}

async function connect(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = createClient({ url: server.url, key: server.keys.write, app: APP, user: 'ann', ...options })
  clients.push(client)
  await client.ready
  return client
}

const config = () => fetch(`${server.url}/v1/apps/${APP}/config?key=${server.keys.write}`)

test('users are split as defined, and results count those who are in the test', async () => {
  await begin('checkout', definition({ master: 1, new: 1 }, { coverage: 0.5 }))
  const errors: Error[] = []
  // A slash too many does no harm.
  const client = await connect({ url: `${server.url}/`, onError: (error) => errors.push(error) })
  const counted: Record<string, number> = { master: 0, new: 0 }
  const visitors = Array.from({ length: 400 }, (_, i) => client.visitor({ user: `user-${i}` }))
  for (const visitor of visitors) {
    const branch = visitor.assign('checkout')
    if (visitor.explain('checkout')!.reason === 'split') counted[branch]!++
    else expect(branch).toBe('master')
  }
  expect(counted.master! + counted.new!).toBeGreaterThan(150)
  expect(counted.master! + counted.new!).toBeLessThan(250)
  for (const visitor of visitors) {
    // Who turns out to be known stays the one person, wherever they go on.
    visitor.identify(`${visitor.user}@example.com`)
    client.visitor({ user: `${visitor.user}@example.com` }).track('purchase', 2)
  }
  await client.flush()
  expect(errors).toEqual([])
  await vi.waitFor(
    async () => {
      const { branches, metrics } = await get<Results>(server, `/v1/apps/${APP}/tests/checkout/results`)
      expect(branches).toEqual(['master', 'new'].map((branch) => ({ branch, users: counted[branch] })))
      expect(new Set(metrics.map((m) => m.event))).toEqual(new Set(['purchase']))
      const value = metrics.find((m) => m.event === 'purchase' && m.kind === 'sum')!
      expect(value.branches.map((b) => b.sum)).toEqual(['master', 'new'].map((branch) => 2 * counted[branch]!))
    },
    { timeout: 60_000, interval: 100 },
  )
}, 90_000)

test('a change of weights reaches clients within a second, by looking and by being told', async () => {
  const etag = await begin('speed', definition({ master: 1, new: 0 }))
  const looking = await connect({ refresh: 200 })
  const told = await connect({ refresh: 0, config: { tests: {} }, updates: serverSent })
  const assigned = () => [looking, told].map((client) => [client.assign('speed'), client.explain('speed')?.reason])
  const all = (branch: string) => Array(2).fill([branch, 'split'])
  await vi.waitFor(() => expect(assigned()).toEqual(all('master')), { timeout: 5000 })
  expect(await ask('PUT', 'speed', definition({ master: 0, new: 1 }), etag)).toMatchObject({ version: 3 })
  await vi.waitFor(() => expect(assigned()).toEqual(all('new')), { timeout: 1000, interval: 10 })
})

test('of two who change one version, one wins', async () => {
  const etag = await begin('race', definition({ master: 1, new: 1 }))
  const shares = [3, 5]
  const replies = await Promise.all(shares.map((n) => ask('PUT', 'race', definition({ master: 1, new: n }), etag)))
  expect(replies.map(({ status, code }) => [status, code]).sort()).toEqual([
    [200, undefined],
    [412, 'version-mismatch'],
  ])
  const { tests } = (await (await config()).json()) as { tests: { race: { branches: { weight: number }[] } } }
  expect(tests.race.branches[1]!.weight).toBe(shares[replies.findIndex(({ status }) => status === 200)])
})

test('what is shipped is everybody’s, what ends without is the fallback', async () => {
  await begin('banner', definition({ master: 1, new: 0 }))
  await begin('footer', definition({ master: 0, new: 1 }))
  await ask('POST', 'banner/stop', { ship: 'new' })
  await ask('POST', 'footer/stop')
  const client = await connect()
  expect(client.explain('banner')).toEqual({ branch: 'new', reason: 'shipped' })
  expect([client.assign('footer'), client.explain('footer')]).toEqual(['master', undefined])
})

test('a test by balancer’s spelling is the current one, and the command line steers it', async () => {
  const told = await connect({ refresh: 0, config: { tests: {} }, updates: serverSent })
  const path = `/_newtest/${APP}/gate?branches=master,test&key=${server.keys.admin}`
  const made = await fetch(server.url + path)
  expect([made.status, await made.json()]).toMatchObject([201, { stage: 'running', version: 2, current: true }])
  await vi.waitFor(() => expect(told.config?.current).toBe('gate'), { timeout: 5000 })
  const weights = await assay(['test', 'weights', APP, 'gate', 'master=0', 'test=1', '--data', data.path])
  expect([weights.code, weights.err]).toEqual([0, ''])
  await vi.waitFor(() => expect(told.assign('gate')).toBe('test'), { timeout: 1000, interval: 10 })
  const listed = await assay(['test', 'list', APP, '--data', data.path])
  expect(listed.out).toMatch(/^\* gate +running +3 /m)
})

test('a server that was killed knows all of it again', async () => {
  const known = async () => {
    const reply = await config()
    const path = `/v1/apps/${APP}/tests/race`
    const read = [await get(server, `${path}/definition`), await get(server, `${path}/history`)]
    return [reply.headers.get('etag'), await reply.json(), ...read]
  }
  const before = await known()
  await server.end('SIGKILL')
  server = (await startServer(data.path))!
  expect(await known()).toEqual(before)
  const { etag } = await ask('GET', 'race/definition')
  expect(await ask('PUT', 'race', definition({ master: 1, new: 1 }), etag)).toMatchObject({ status: 200, version: 4 })
})

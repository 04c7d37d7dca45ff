import { type IncomingHttpHeaders, request } from 'node:http'
import { assign } from '@assay/core/assign'
import { Decisions } from '@assay/gate/decide/decisions'
import { knownTests } from '@assay/gate/decide/known-tests'
import { openHttp } from '@assay/gate/http/http'
import { expect, onTestFinished, test } from 'vitest'
import { documents, type Tree } from '../infra/files.js'

const [envoy] = documents('infra/examples/envoy/envoy.yaml')
const manager = envoy.static_resources.listeners[0].filter_chains[0].filters[0].typed_config
const [mutation, authz] = manager.http_filters.map((filter: Tree) => filter.typed_config)
const exact = (list: Tree): string[] => list.patterns.map((pattern: Tree) => pattern.exact)
const removed: string[] = mutation.mutations.request_mutations.map(({ remove }: Tree) => remove)
const { path_prefix, authorization_response } = authz.http_service

const branches = [
  { name: 'master', weight: 1 },
  { name: 'canary', weight: 1 },
]

async function openGate(): Promise<number> {
  const last = knownTests({ tests: { release: { branches, control: 'master', version: 1 } }, current: 'release' })
  const shop = new Decisions({ last, isFresh: () => true })
  const door = await openHttp({ host: '127.0.0.1', port: 0, apps: new Map([['shop', shop]]), isReady: () => true })
  onTestFinished(() => door.close())
  return Number(new URL(door.url).port)
}

interface Seen {
  cluster: string
  upstream: Record<string, string>
  cookies: string[]
}

/** What Envoy does with a request by this file: strips it, checks it, chooses a route. No port: no gate. */
async function pass(
  port: number | null,
  path: string,
  sent: Record<string, string>,
  method = 'GET',
): Promise<Seen | null> {
  const upstream = Object.fromEntries(Object.entries(sent).filter(([name]) => !removed.includes(name)))
  const seen = { upstream, cookies: [] as string[] }
  const answer = port === null ? null : await check(port, path, method, upstream)
  if (answer === null ? !authz.failure_mode_allow : answer.status !== 200) return null
  if (answer !== null) {
    for (const name of exact(authorization_response.allowed_upstream_headers))
      if (answer.headers[name] !== undefined) upstream[name] = `${answer.headers[name]}`
    if (exact(authorization_response.allowed_client_headers_on_success).includes('set-cookie'))
      seen.cookies.push(...(answer.headers['set-cookie'] ?? []))
  }
  const matches = ({ headers = [] }: Tree) =>
    headers.every((header: Tree) => upstream[header.name] === header.string_match.exact)
  const route = manager.route_config.virtual_hosts[0].routes.find(({ match }: Tree) => matches(match))
  return { ...seen, cluster: route.route.cluster }
}

/** The check request: the same method, the path behind the prefix, some headers, no body. */
function check(port: number, path: string, method: string, headers: Record<string, string>) {
  const always = ['host', 'authorization', ...exact(authz.allowed_headers)]
  const allowed = Object.entries(headers).filter(([name]) => always.includes(name))
  const options = { host: '127.0.0.1', port, method, path: path_prefix + path, agent: false as const }
  return new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const sent = request({ ...options, headers: { ...Object.fromEntries(allowed), 'content-length': '0' } })
    sent.on('response', (response) => {
      response.resume()
      resolve({ status: response.statusCode!, headers: response.headers })
    })
    sent.on('error', reject).end()
  })
}

const paths = ['/', '/cart/7?assay=release:canary', '/v1/gate/other', '//', '/%2e%2e/x', `/${'x'.repeat(4000)}`]

test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
  '%s goes where the user belongs',
  async (method) => {
    const port = await openGate()
    for (const [i, path] of paths.entries()) {
      const user = `shopper-${i}`
      const branch = assign(user, 'release', branches)
      const seen = await pass(port, path, { host: 'shop.example', cookie: `a=b; assay=1.${user}` }, method)
      expect(seen).toMatchObject({ cluster: branch === 'canary' ? 'canary' : 'control', cookies: [] })
      expect(seen!.upstream).toMatchObject({
        'x-assay-branch': branch,
        'x-assay-user': user,
        cookie: expect.anything(),
      })
    }
  },
)

test('a new visitor gets a cookie, and by that the same branch', async () => {
  const port = await openGate()
  const first = (await pass(port, '/', { 'x-forwarded-proto': 'https' }))!
  expect(first.cookies).toEqual([expect.stringMatching(/^assay=1\..+; Secure$/)])
  const again = await pass(port, '/', { cookie: first.cookies[0]!.split(';')[0]! })
  expect(again).toMatchObject({ cluster: first.cluster, cookies: [] })
})

const forged = { 'x-assay-branch': 'canary', 'x-assay-user': 'forged', 'x-assay-test': 'forged' }

test('what a browser says of itself changes nothing', async () => {
  const port = await openGate()
  const users = Array.from({ length: 20 }, (_, i) => `shopper-${i}`)
  const user = users.find((id) => assign(id, 'release', branches) === 'master')
  const seen = await pass(port, '/', { cookie: `assay=1.${user}`, ...forged })
  expect(seen).toMatchObject({ cluster: 'control', upstream: { 'x-assay-branch': 'master', 'x-assay-user': user } })
})

test('without a gate everybody has the control, whatever a browser says', async () => {
  expect(await pass(null, '/', forged)).toEqual({ cluster: 'control', upstream: {}, cookies: [] })
})

test('whoever asks not to be tracked has the control and no cookie', async () => {
  const port = await openGate()
  for (const asked of [{ dnt: '1' }, { 'sec-gpc': '1' }])
    expect(await pass(port, '/', asked)).toMatchObject({ cluster: 'control', cookies: [] })
})

test('every cluster that is named is there, and a hung gate is not waited for', () => {
  const clusters = new Map<string, Tree>(envoy.static_resources.clusters.map((one: Tree) => [one.name, one]))
  const { cluster, timeout } = authz.http_service.server_uri
  expect([...clusters.keys()]).toEqual(['control', 'canary', cluster])
  expect(timeout).toBe('0.1s')
  const { health_checks, common_lb_config } = clusters.get(cluster)
  expect(health_checks[0]).toMatchObject({ timeout: '0.1s', http_health_check: { path: '/live' } })
  expect(common_lb_config.healthy_panic_threshold.value).toBe(0)
})

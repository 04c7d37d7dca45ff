import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from '@assay/query-api/analysis/reply'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assay } from '../support/command.js'
import { get, settled } from '../support/running.js'
import { type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'

// What only the owner of the process and of its data directory can do.
let data: ReturnType<typeof makeTempDir>
let server: ServerProcess
beforeAll(async () => {
  data = makeTempDir()
  server = (await startServer(data.path))!
})
afterAll(async () => {
  await server.end('SIGTERM')
  data.remove()
})

test('the admin key opens everything, and the keys stay with their owner', async () => {
  const status = async (method: string, path: string, key: string) =>
    (await fetch(server.url + path, { method, headers: { authorization: `Bearer ${key}` } })).status
  expect(await status('GET', '/v1/apps', server.keys.admin)).toBe(200)
  expect(await status('POST', '/v1/admin/replay', server.keys.read)).toBe(403)
  expect(statSync(join(data.path, 'keys.json')).mode & 0o777).toBe(0o600)
})

test('a replay from the command line leaves the results as they were', async () => {
  const events = ['ann', 'bob', 'cay'].flatMap((user, i) =>
    ['$exposure', 'buy'].map((event) => ({
      ...{ id: `${user}-${event}`, app: 'web', user, event, value: 1 + i },
      ...{ testId: 'button', branch: i % 2 ? 'control' : 'blue' },
    })),
  )
  const headers = { authorization: `Bearer ${server.keys.write}`, 'content-type': 'application/json' }
  await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  const results = async () => {
    await settled(server)
    return { ...(await get<Results>(server, '/v1/apps/web/tests/button/results')), asOf: '' }
  }
  const before = await results()
  expect(before.branches.map((b) => b.users)).toEqual([2, 1])
  expect(await assay(['replay', '--data', data.path, '--json'])).toMatchObject({ code: 0 })
  expect(await results()).toEqual(before)
})

test('a second server on the same data says whose it is and changes nothing', async () => {
  const { code, err } = await assay(['up', '--data', data.path, '--port', '0'])
  expect(code).toBe(1)
  expect(err).toContain('belongs to one process')
  expect((await fetch(`${server.url}/live`)).status).toBe(200)
})

test('the demo prints the verdict and ends when asked to', async () => {
  const { code, out } = await assay(['demo', '--users', '2000', '--once'])
  expect(code).toBe(0)
  expect(out).toContain('demo-shop / checkout')
  expect(out).toMatch(/^Verdict: \w+/m)
  expect(out).toMatch(/purchase conv\./)
  for (const line of out.split('\nRunning at')[0]!.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
}, 60_000)

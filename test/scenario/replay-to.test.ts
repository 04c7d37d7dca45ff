import { join } from 'node:path'
import type { Results } from '@assay/query-api/analysis/reply'
import { expect, test } from 'vitest'
import { assay } from '../support/command.js'
import { filled } from '../support/filled.js'
import { inspect } from '../support/inspect.js'
import { get, settled, start } from '../support/running.js'
import type { ServerProcess } from '../support/server-process.js'
import { tempDir } from '../support/temp.js'

const SEEDS = 2000
/** Every tenth of them came twice under one id. */
const THEN = 0.9 * SEEDS
const RESULTS = '/v1/apps/shop/tests/checkout/results'

async function resultsOf(server: ServerProcess): Promise<Results> {
  await settled(server)
  return { ...(await get<Results>(server, RESULTS)), asOf: '' }
}

async function send({ url, keys }: ServerProcess, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => {
    return { id: `late-${n}`, app: 'shop', user: `u${n}`, event: 'buy', value: 9, tests: { checkout: 'a' } }
  })
  const headers = { authorization: `Bearer ${keys.write}`, 'content-type': 'application/json' }
  const { status } = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  expect(status).toBe(202)
}

test('a data directory of then shows the results of then, of a server that runs and of one that does not', async () => {
  const [data, place] = [tempDir(), tempDir()]
  // Received an hour ago.
  await filled(data, SEEDS)
  const server = await start(data)
  const then = await resultsOf(server)
  await send(server, 100)
  const now = await resultsOf(server)
  expect(now).not.toEqual(then)

  const to = new Date(Date.now() - 1_800_000).toISOString()
  const build = (into: string) => assay(['replay', '--to', to, '--into', into, '--data', data, '--json'])
  const first = join(place, 'first')
  expect(await build(first)).toMatchObject({ code: 0, err: '' })
  expect(await resultsOf(server)).toEqual(now)
  await server.end('SIGTERM')
  const second = join(place, 'second')
  const { code, out } = await build(second)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({ into: second, kind: 'data directory', records: SEEDS + 1 })
  for (const path of [first, second]) {
    const past = await start(path)
    expect(past.keys).toEqual(server.keys)
    expect(await resultsOf(past)).toEqual(then)
    await past.end('SIGTERM')
    expect(inspect(path).ids).toHaveLength(THEN)
  }
  expect(await build(second)).toMatchObject({ code: 1, err: expect.stringContaining('to be empty') })
}, 120_000)

test.each([
  ['one without the other', ['--to', '2026-01-01']],
  ['a time that is none', ['--to', 'yesterday', '--into', 'there']],
  ['a time to come', ['--to', '2100-01-01', '--into', 'there']],
])('%s is a wrong usage', async (_, options) => {
  expect(await assay(['replay', ...options])).toMatchObject({ code: 2 })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Results } from '@assay/query-api/analysis/reply'
import { openDataDirectory } from 'assay/data-directory'
import { describe, expect, test } from 'vitest'
import { RetryingClient } from '../fault/client.js'
import { nothingDiffers } from '../fault/inspect.js'
import { assay } from '../support/command.js'
import { filled } from '../support/filled.js'
import { inspect } from '../support/inspect.js'
import { runSeed, seeded } from '../support/random.js'
import { get, settled, start } from '../support/running.js'
import type { ServerProcess } from '../support/server-process.js'
import { contents } from '../support/tables.js'
import { tempDir } from '../support/temp.js'

const HOUR = 3_600_000

/** A snapshot of an hour ago, which nothing in the log could bring back. */
async function remembered(data: string): Promise<void> {
  const store = await openChdbStore(join(data, 'store'))
  await migrate(store)
  await store.write.command(
    `INSERT INTO moments (app, test, as_of, event, branch, users, converted, mean, m2, sum, crossover, inferred)
     SELECT 'shop', 'checkout', now64(3) - 3600, ['', 'buy'][1 + number % 2],
       ['a', 'b'][1 + intDiv(number, 2)], 1000, 100, 1 / 3, 7.7, 333, 0, 0 FROM numbers(4)`,
  )
  await store.close()
}

async function quarantined(data: string): Promise<number> {
  const log = openLmdbLog(join(data, 'log'))
  const { end } = await log.bounds('assay.quarantine', 0)
  await log.close()
  return end
}

const past = `/v1/apps/shop/tests/checkout/results?asOf=${new Date(Date.now() - HOUR / 2).toISOString()}`

const SEEDS = 5000
/** Every tenth of them came twice under one id. */
const seeds = Array.from({ length: SEEDS }, (_, n) => `seed-${n}`).filter((_, n) => n % 10 !== 9)

/** Backs a server up in the middle of load, then kills it. */
async function backUpUnderLoad(server: ServerProcess, data: string, backup: string) {
  const seed = runSeed('backup')
  const clients = [1, 2, 3].map((c) => new RetryingClient(`c${c}`, seeded(seed + c)))
  const sending = clients.map((client) => client.sendUntilGone(server.url, server.keys.write))
  const all = (of: 'acknowledged' | 'sent') => clients.flatMap((client) => [...client[of]])
  while (all('acknowledged').length < 1000) await new Promise((resolve) => setTimeout(resolve, 10))
  const before = all('acknowledged')
  const taken = await assay(['backup', backup, '--data', data, '--json'])
  const pastResults = await get<Results>(server, past)
  await server.end('SIGKILL')
  await Promise.all(sending)
  expect(all('acknowledged').length).toBeGreaterThan(before.length)
  return { taken, before, sent: all('sent'), pastResults }
}

async function send({ url, keys }: ServerProcess, ids: readonly string[]): Promise<number> {
  const events = ids.map((id) => ({ id, app: 'shop', user: 'ann', event: 'view' }))
  const headers = { authorization: `Bearer ${keys.write}`, 'content-type': 'application/json' }
  return (await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })).status
}

describe('a backup of a running server', () => {
  test('brings back every event acknowledged before it began, once, and all else', async () => {
    const [data, place] = [tempDir(), tempDir()]
    const [backup, restored] = [join(place, 'backup'), join(place, 'restored')]
    await filled(data, SEEDS)
    await remembered(data)
    const server = await start(data)
    await settled(server)
    const { taken, before, sent, pastResults } = await backUpUnderLoad(server, data, backup)
    expect(taken).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(taken.out).records).toBeGreaterThan(SEEDS + before.length)

    expect(await assay(['restore', backup, '--data', restored, '--json'])).toMatchObject({ code: 0, err: '' })
    const { ids, differing } = inspect(restored)
    const [counts, known] = [new Map(ids), new Set([...seeds, ...sent])]
    expect([...seeds, ...before].filter((id) => !counts.has(id))).toEqual([])
    expect(ids.filter(([id, n]) => n !== 1 || !known.has(id))).toEqual([])
    expect(differing).toEqual(nothingDiffers)
    expect(readFileSync(join(restored, 'keys.json'))).toEqual(readFileSync(join(data, 'keys.json')))

    const again = await start(restored)
    expect(pastResults.branches.map((b) => b.users)).toEqual([1000, 1000])
    expect(await get(again, past)).toEqual(pastResults)
    expect(await send(again, [before.at(-1)!, 'new'])).toBe(202)
    expect(await settled(again)).toMatchObject({ stored: 1, duplicates: 1, quarantined: 0 })
    await again.end('SIGTERM')
    expect(await quarantined(restored)).toBe(1)
  }, 120_000)

  test('needs the admin key', async () => {
    const server = await start(tempDir())
    for (const path of ['/v1/admin/backup', '/v1/admin/backup/assay.events']) {
      const ask = async (key: string) => (await fetch(`${server.url}${path}?key=${key}`)).status
      expect(await Promise.all([ask(''), ask(server.keys.read), ask(server.keys.write)])).toEqual([401, 403, 403])
    }
    const folder = join(tempDir(), 'backup')
    const refused = await assay(['backup', folder, '--url', server.url, '--key', server.keys.read])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('does not allow this') })
    expect(await assay(['backup', folder, '--url', server.url, '--key', server.keys.admin])).toMatchObject({ code: 0 })
  })
})

describe('a backup of a stopped server', () => {
  test('brings back the same tables and history', async () => {
    const [data, place] = [tempDir(), tempDir()]
    await filled(data, 30_000)
    await remembered(data)
    const server = await start(data)
    await settled(server)
    await server.end('SIGTERM')
    const [backup, restored] = [join(place, 'backup'), join(place, `it's "b"\n?c=1&d #%41 é🦊`)]
    expect(await assay(['backup', backup, '--data', data])).toMatchObject({ code: 0 })
    expect(await assay(['restore', backup, '--data', restored])).toMatchObject({ code: 0 })
    const read = async (path: string) => {
      const store = await openChdbStore(join(path, 'store'))
      const tables = await contents(store)
      const moments = await store.read.query('SELECT * FROM moments FINAL ORDER BY ALL')
      await store.close()
      return { tables, moments }
    }
    expect(await read(restored)).toEqual(await read(data))
  }, 60_000)

  test('takes the keys from where ASSAY_KEYS says, and makes none', async () => {
    const [data, place] = [tempDir(), tempDir()]
    const keys = join(place, 'keys.json')
    const log = openLmdbLog(join(data, 'log'))
    await log.close()
    expect(await assay(['backup', join(place, 'a'), '--data', data])).toMatchObject({ code: 1 })
    expect(readdirSync(data)).toEqual(['log'])
    openDataDirectory(place)
    expect(await assay(['backup', join(place, 'a'), '--data', data], { ASSAY_KEYS: keys })).toMatchObject({ code: 0 })
    expect(JSON.parse(readFileSync(join(place, 'a', 'keys.json'), 'utf8'))).toEqual(
      JSON.parse(readFileSync(keys, 'utf8')),
    )
  })

  test('is refused where neither a server nor a log is', async () => {
    const place = tempDir()
    const nothing = await assay(['backup', join(place, 'a'), '--data', join(place, 'none')])
    expect(nothing).toMatchObject({ code: 3, err: expect.stringContaining('none runs on') })
    expect(readdirSync(place)).toEqual([])
  })
})

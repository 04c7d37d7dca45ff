import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import type { Results } from '@assay/query-api/schemas'
import { openDataDirectory } from 'assay/data-directory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RetryingClient } from '../fault/client.js'
import { assay } from '../support/command.js'
import { entry } from '../support/entry.js'
import { inspect } from '../support/inspect.js'
import { runSeed, seeded } from '../support/random.js'
import { ASSAY, type ServerProcess, startServer } from '../support/server-process.js'
import { smallDisk } from '../support/small-disk.js'
import { contents } from '../support/tables.js'
import { tempDir } from '../support/temp.js'

const HOUR = 3_600_000

/** A data directory with this many events, some of them twice, and one record that no table takes. */
async function filled(data: string, count: number): Promise<void> {
  openDataDirectory(data)
  const log = openLmdbLog(join(data, 'log'))
  const received = Date.now() - HOUR
  for (let i = 0; i < count; i += 1000) {
    const ids = Array.from({ length: Math.min(1000, count - i) }, (_, j) => i + j)
    const rows = ids.map((n) => ({
      id: `seed-${n % 10 === 9 ? n - 1 : n}`,
      user: `u${n % 500}`,
      event: ['$exposure', 'view', 'buy'][n % 3]!,
      value: n % 7,
      tests: { checkout: n % 2 ? 'a' : 'b' },
      props: { page: `/products/${(n * 7919) % 100_003}`, session: `${Math.random()}` },
      received,
      time: received,
    }))
    await log.append('assay.events', rows.map(entry))
  }
  await log.append('assay.events', [{ ...entry({ id: 'bad' }), value: 'what?' }])
  await log.close()
}

/** A snapshot of an hour ago, which nothing in the log could bring back. */
async function remembered(data: string): Promise<void> {
  const store = await openChdbStore(join(data, 'store'))
  await migrate(store)
  await store.write.command(
    `INSERT INTO moments SELECT 'shop', 'checkout', now64(3) - 3600, ['', 'buy'][1 + number % 2],
       ['a', 'b'][1 + intDiv(number, 2)], 1000, 100, 1 / 3, 7.7, 333, 0, 0 FROM numbers(4)`,
  )
  await store.close()
}

async function start(data: string): Promise<ServerProcess> {
  const server = (await startServer(data))!
  onTestFinished(async () => void (await server.end('SIGKILL')))
  return server
}

async function get<T>({ url, keys }: ServerProcess, path: string): Promise<T> {
  return (await (await fetch(url + path, { headers: { authorization: `Bearer ${keys.read}` } })).json()) as T
}

interface Status {
  aggregator: { fresh: boolean; stored: number; duplicates: number; quarantined: number }
}

async function settled(server: ServerProcess): Promise<Status['aggregator']> {
  for (;;) {
    const { aggregator } = await get<Status>(server, '/v1/status')
    if (aggregator.fresh) return aggregator
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const quarantined = async (data: string) => {
  const log = openLmdbLog(join(data, 'log'))
  const { end } = await log.bounds('assay.quarantine', 0)
  await log.close()
  return end
}

describe('a backup of a running server', () => {
  test('brings back every event acknowledged before it began, once, and all else', async () => {
    const [data, place, seed] = [tempDir(), tempDir(), runSeed('backup')]
    const [backup, restored] = [join(place, 'backup'), join(place, 'restored')]
    await filled(data, 5000)
    await remembered(data)
    const server = await start(data)
    await settled(server)
    const clients = [1, 2, 3].map((c) => new RetryingClient(`c${c}`, seeded(seed + c)))
    const sending = clients.map((client) => client.sendUntilGone(server.url, server.keys.write))
    const acknowledged = () => clients.flatMap((client) => [...client.acknowledged])
    while (acknowledged().length < 1000) await new Promise((resolve) => setTimeout(resolve, 10))

    const before = acknowledged()
    const { code, out, err } = await assay(['backup', backup, '--data', data, '--json'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out).records).toBeGreaterThan(before.length + 5000)
    const past = `/v1/apps/shop/tests/checkout/results?asOf=${new Date(Date.now() - HOUR / 2).toISOString()}`
    const pastResults = await get<Results>(server, past)
    expect(pastResults.branches).toEqual([
      { branch: 'a', users: 1000 },
      { branch: 'b', users: 1000 },
    ])
    await server.end('SIGKILL')
    await Promise.all(sending)
    expect(acknowledged().length).toBeGreaterThan(before.length)

    expect(await assay(['restore', backup, '--data', restored, '--json'])).toMatchObject({ code: 0, err: '' })
    const { ids, differing } = inspect(restored)
    const seeds = Array.from({ length: 5000 }, (_, n) => `seed-${n}`).filter((_, n) => n % 10 !== 9)
    const counts = new Map(ids)
    expect([...seeds, ...before].filter((id) => counts.get(id) !== 1)).toEqual([])
    expect(ids.filter(([, n]) => n !== 1)).toEqual([])
    const sent = new Set([...seeds, ...clients.flatMap((client) => [...client.sent])])
    expect(ids.filter(([id]) => !sent.has(id))).toEqual([])
    expect(differing).toEqual({ bucket_rollup: 0, exposures: 0, facts: 0 })
    expect(readFileSync(join(restored, 'keys.json'))).toEqual(readFileSync(join(data, 'keys.json')))

    const again = await start(restored)
    expect(await get(again, past)).toEqual(pastResults)
    const clientAgain = { id: before.at(-1)!, app: 'shop', user: 'ann', event: 'view' }
    const response = await fetch(`${again.url}/v1/events?key=${again.keys.write}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([clientAgain, { ...clientAgain, id: 'new' }]),
    })
    expect(response.status).toBe(202)
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

const EVENTS = 200_000

/** Starts `assay` and resolves at the first progress it reports of a kind, with what ends it. */
async function underWay(args: string[], kind: string): Promise<(signal?: NodeJS.Signals) => Promise<Ended>> {
  const child = spawn(process.execPath, [ASSAY, ...args])
  const ended = new Promise<Ended>((resolve) => {
    let err = ''
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.once('exit', (code, signal) => resolve({ code, signal, err }))
  })
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => String(chunk).includes(kind) && resolve())
    child.once('exit', resolve as never)
  })
  return (signal) => {
    if (signal !== undefined) child.kill(signal)
    return ended
  }
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  err: string
}

describe('cut off', () => {
  async function place() {
    const [data, folder] = [tempDir(), tempDir()]
    await filled(data, EVENTS)
    return { data, folder, backup: join(folder, 'backup') }
  }

  test('a backup that is killed leaves nothing that can be restored', async () => {
    const { data, folder, backup } = await place()
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    expect(await end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
    const left = readdirSync(folder)
    expect(left).toEqual([expect.stringMatching(/^backup\.partial-/)])
    const restored = join(folder, 'restored')
    const refused = await assay(['restore', join(folder, left[0]!), '--data', restored])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('manifest') })
    expect(existsSync(restored)).toBe(false)
    expect(await assay(['backup', backup, '--data', data])).toMatchObject({ code: 0 })
  }, 60_000)

  test('a backup that is told to stop leaves nothing', async () => {
    const { data, folder, backup } = await place()
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    expect(await end('SIGINT')).toMatchObject({ code: 130 })
    expect(readdirSync(folder)).toEqual([])
  }, 60_000)

  test('a backup whose server is killed leaves nothing, and is then taken of the directory', async () => {
    const { data, folder, backup } = await place()
    const server = await start(data)
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    await server.end('SIGKILL')
    expect(await end()).toMatchObject({ code: 1, err: expect.stringContaining('the connection ended before') })
    expect(readdirSync(folder)).toEqual([])
    expect(await assay(['backup', backup, '--data', data])).toMatchObject({ code: 0 })
  }, 60_000)

  test('a server that is told to stop does not wait for a backup', async () => {
    const { data, folder, backup } = await place()
    const server = await start(data)
    await settled(server)
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    expect(await server.end('SIGTERM')).toBe(0)
    expect(await end()).toMatchObject({ code: 1, err: expect.stringContaining('the connection ended before') })
    expect(readdirSync(folder)).toEqual([])
  }, 60_000)

  test('a restore that is killed is not taken for one, and one that is told to stop leaves nothing', async () => {
    const { data, folder, backup } = await place()
    await assay(['backup', backup, '--data', data])
    const restored = join(folder, 'restored')
    const told = await underWay(['restore', backup, '--data', restored], 'rebuilding')
    expect(await told('SIGTERM')).toMatchObject({ code: 143 })
    expect(readdirSync(folder)).toEqual(['backup'])
    const killed = await underWay(['restore', backup, '--data', restored], 'restoring 50 %')
    await killed('SIGKILL')
    expect(readdirSync(restored)).toEqual(['restoring'])
    const refused = await assay(['restore', backup, '--data', restored])
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('restoring is in it') })
  }, 60_000)
})

const disks = [smallDisk(1), smallDisk(70)] as const

// Mounting takes root; elsewhere there is no disk that may be filled.
test.skipIf(disks.includes(null))(
  'a full disk is told of, and nothing is left on it',
  async () => {
    const [tiny, small] = disks as [NonNullable<(typeof disks)[0]>, NonNullable<(typeof disks)[0]>]
    onTestFinished(() => {
      tiny.remove()
      small.remove()
    })
    const [data, place] = [tempDir(), tempDir()]
    await filled(data, EVENTS)
    const full = { code: 1, err: expect.stringMatching(/Expected to write into .+: (ENOSPC|Expected 64 MB free)/) }
    expect(await assay(['backup', join(tiny.path, 'backup'), '--data', data, '--json'])).toMatchObject(full)
    expect(readdirSync(tiny.path)).toEqual([])
    const backup = join(place, 'backup')
    expect(await assay(['backup', backup, '--data', data])).toMatchObject({ code: 0 })
    expect(await assay(['restore', backup, '--data', small.path, '--json'])).toMatchObject(full)
    expect(readdirSync(small.path)).toEqual([])
  },
  60_000,
)

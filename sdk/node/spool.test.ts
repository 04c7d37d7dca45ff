import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Client, createClient } from '../index.js'
import type { ClientOptions } from '../options.js'
import { spool } from './spool.js'

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-spool-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
const line = (id: string) => ({ id, json: JSON.stringify({ id }) })
/** What a process that is gone left behind. */
const leave = (folder: string, number: number, ...ids: string[]) =>
  writeFileSync(
    join(folder, `${'0'.repeat(12)}${1000 + number}.0.ndjson`),
    ids.map((id) => `\n${JSON.stringify({ id })}`).join(''),
  )
const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
const sizes = (folder: string) => files(folder).map((name) => statSync(join(folder, name)).size)

/** Sends until there are no files of others, and none of theirs taken over. */
const delivered = (client: Client, folder: string) =>
  vi.waitUntil(() => client.flush().then(() => files(folder).length === 0), { timeout: 5000 })

/** A client whose server takes what it is sent, or not. */
function start(folder: string, options: Partial<ClientOptions> = {}) {
  const server = { isUp: true, taken: [] as string[] }
  const errors: string[] = []
  const client = createClient({
    url: 'http://assay.test',
    key: 'w',
    app: 'shop',
    config: { tests: {} },
    refresh: 0,
    keep: spool(folder),
    compress: async () => null,
    fetch: async (_, init) => {
      if (!server.isUp) return new Response('', { status: 503 })
      const { events } = JSON.parse(await (init!.body as Blob).text())
      server.taken.push(...events.map((e: { id: string; event?: string }) => e.event ?? e.id))
      return Response.json({ rejected: [] }, { status: 202 })
    },
    onError: (error) => errors.push(`${error}`),
    ...options,
  })
  return { client, server, errors, track: (event: string) => client.visitor({ user: 'ann' }).track(event) }
}

test('events are on disk until they are delivered, and then no more', async () => {
  const folder = tempFolder()
  const { client, server, track } = start(folder)
  server.isUp = false
  track('view')
  track('buy')
  const [name] = files(folder)
  expect(readFileSync(join(folder, name!), 'utf8')).toMatch(/"event":"view".*\n.*"event":"buy"/)
  expect(statSync(join(folder, name!)).mode & 0o777).toBe(0o600)
  await client.flush()
  server.isUp = true
  await client.flush()
  expect(server.taken).toEqual(['view', 'buy'])
  expect(sizes(folder)).toEqual([0])
})

test('what a process left that is gone is delivered, and its files go', async () => {
  const folder = tempFolder()
  leave(folder, 1, 'a', 'b')
  leave(folder, 2)
  const { client, server, errors } = start(folder)
  await delivered(client, folder)
  expect(server.taken).toEqual(['a', 'b'])
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.sock$/)])
  expect(errors).toEqual([])
})

test('what a process holds that lives is left to it, though it keeps its thread busy', async () => {
  const folder = tempFolder()
  const first = start(folder)
  first.server.isUp = false
  first.track('view')
  const second = start(folder)
  second.track('buy')
  await new Promise((resolve) => setTimeout(resolve, 50))
  await second.client.flush()
  expect(second.server.taken).toEqual(['buy'])
  first.server.isUp = true
  await first.client.flush()
  expect(first.server.taken).toEqual(['view'])
})

test('many processes’ files are taken over one by one, so that a short queue loses nothing', async () => {
  const folder = tempFolder()
  const dropped = vi.fn()
  const all = Array.from({ length: 20 }, (_, file) => Array.from({ length: 10 }, (_, i) => `${file}-${i}`))
  for (const [file, ids] of all.entries()) leave(folder, file, ...ids)
  const { client, server } = start(folder, { queue: 10, onDrop: dropped })
  await delivered(client, folder)
  expect(dropped).not.toHaveBeenCalled()
  expect(server.taken.sort()).toEqual(all.flat().sort())
})

test('events that the queue gives up leave the disk too, and are counted', () => {
  const folder = tempFolder()
  const onDrop = vi.fn()
  const { server, track } = start(folder, { queue: 3, onDrop })
  server.isUp = false
  for (let i = 0; i < 10; i++) track(`event ${i}`)
  expect(onDrop.mock.calls.flat().filter((n) => n === 1)).toHaveLength(7)
  expect(
    readFileSync(join(folder, files(folder)[0]!), 'utf8')
      .split('\n')
      .at(-1),
  ).toMatch(/^\["[\w-]+"\]$/)
})

test('a torn last line is told of, and the lines before it are delivered', async () => {
  const folder = tempFolder()
  leave(folder, 1, 'a')
  writeFileSync(join(folder, '0000000000001001.0.ndjson'), '\n{"id":"b","val', { flag: 'a' })
  const { client, server, errors } = start(folder)
  await delivered(client, folder)
  expect(server.taken).toEqual(['a'])
  expect(errors).toEqual(['Error: spool: 1 lines of 0000000000001001.0.ndjson could not be read'])
})

test.each([
  ['a folder that cannot be made', () => '/dev/null/assay', /ENOTDIR/],
  ['a folder that is a file', () => fileAt(tempFolder()), /EEXIST/],
  ['a folder whose name is too long for a socket', () => join(tempFolder(), 'x'.repeat(90)), /of at most 103/],
])('%s: it is told of once, and events are delivered from memory', async (_, folder, expected) => {
  const { client, server, errors, track } = start(folder())
  for (let i = 0; i < 5; i++) track('view')
  await client.flush()
  expect(server.taken).toHaveLength(5)
  expect(errors.filter((error) => expected.test(error)).length).toBeGreaterThan(0)
  expect(errors.length).toBeLessThanOrEqual(2)
})

function fileAt(folder: string): string {
  writeFileSync(join(folder, 'file'), '')
  return join(folder, 'file')
}

test('a full disk is told of once, events are delivered from memory, and it is used again when there is room', async () => {
  const folder = tempFolder()
  const mounted = mount(folder)
  if (!mounted) return
  const { client, server, errors, track } = start(folder)
  server.isUp = false
  track('before')
  writeFileSync(join(folder, 'filler'), Buffer.alloc(60_000))
  try {
    writeFileSync(join(folder, 'more'), Buffer.alloc(200_000))
  } catch {}
  for (let i = 0; i < 100; i++) track(`${i} ${'x'.repeat(1000)}`)
  // The last bytes that fit, and then none.
  const told = errors.filter((error) => !/events: 503/.test(error))
  expect(told).toEqual([expect.stringMatching(/took \d+ of \d+ bytes/), expect.stringMatching(/ENOSPC/)])
  rmSync(join(folder, 'filler'))
  rmSync(join(folder, 'more'))
  track('after')
  const kept = readFileSync(join(folder, files(folder)[0]!), 'utf8')
  expect(kept.split('\n').at(-1)).toContain('"event":"after"')
  server.isUp = true
  await client.flush()
  expect(server.taken).toHaveLength(102)
})

test.each([
  ['a folder', (folder: string) => rmSync(folder, { recursive: true })],
  ['a file', (folder: string) => rmSync(join(folder, files(folder)[0]!))],
])(
  '%s that is removed while it is used is there again with the next event, and has all that waits',
  async (_, remove) => {
    const folder = tempFolder()
    const { client, server, errors, track } = start(folder)
    server.isUp = false
    track('before')
    remove(folder)
    track('after')
    const [name, ...others] = files(folder)
    expect(readFileSync(join(folder, name!), 'utf8')).toMatch(/"event":"before".*\n.*"event":"after"/)
    expect(others).toEqual([])
    await client.flush()
    const other = start(folder)
    await other.client.flush()
    // It is held as before.
    expect(other.server.taken).toEqual([])
    server.isUp = true
    await client.flush()
    expect([server.taken, errors]).toEqual([['before', 'after'], ['Error: events: 503']])
  },
)

/** A disk of its own in memory; machines that allow none have no such test. */
function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'assay-test', folder], { stdio: 'ignore' })
  } catch {
    return false
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
  })
  return true
}

test('nothing is touched before there is something to keep', () => {
  const folder = join(tempFolder(), 'later')
  spool(folder)
  expect(existsSync(folder)).toBe(false)
  spool(folder).add(line('a'))
  expect(files(folder)).toHaveLength(1)
})

import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { assay } from '../support/command.js'
import { filled } from '../support/filled.js'
import { settled, start } from '../support/running.js'
import { ASSAY } from '../support/server-process.js'
import { smallDisk } from '../support/small-disk.js'
import { makeTempDir, tempDir } from '../support/temp.js'

const EVENTS = 300_000

const template = makeTempDir()
beforeAll(() => filled(template.path, EVENTS))
afterAll(template.remove)

/** A data directory of a server that has not begun to count. */
function uncounted(): string {
  const data = tempDir()
  cpSync(template.path, data, { recursive: true })
  return data
}

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
  function place() {
    const [data, folder] = [uncounted(), tempDir()]
    return { data, folder, backup: join(folder, 'backup') }
  }

  test('a backup that is killed leaves nothing that can be restored', async () => {
    const { data, folder, backup } = place()
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
    const { data, folder, backup } = place()
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    expect(await end('SIGINT')).toMatchObject({ code: 130 })
    expect(readdirSync(folder)).toEqual([])
  }, 60_000)

  test('a backup whose server is killed leaves nothing, and is then taken of the directory', async () => {
    const { data, folder, backup } = place()
    const server = await start(data)
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    await server.end('SIGKILL')
    expect(await end()).toMatchObject({ code: 1, err: expect.stringContaining('the connection ended before') })
    expect(readdirSync(folder)).toEqual([])
    expect(await assay(['backup', backup, '--data', data])).toMatchObject({ code: 0 })
  }, 60_000)

  test('a server that is told to stop does not wait for a backup', async () => {
    const { data, folder, backup } = place()
    const server = await start(data)
    await settled(server)
    const end = await underWay(['backup', backup, '--data', data], 'backing up 10 %')
    expect(await server.end('SIGTERM')).toBe(0)
    expect(await end()).toMatchObject({ code: 1, err: expect.stringContaining('the connection ended before') })
    expect(readdirSync(folder)).toEqual([])
  }, 60_000)

  test('a restore that is killed is not taken for one, and one that is told to stop leaves nothing', async () => {
    const { data, folder, backup } = place()
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
    const [data, place] = [uncounted(), tempDir()]
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

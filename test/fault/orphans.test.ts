import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { isAlive } from '../support/alive.js'

const INSTALLATION = new URL('../dist/fault/installation.js', import.meta.url).href

/** Opens an installation, holds all that runs in it, and says what there is. */
const SCRIPT = `const { Installation } = await import('${INSTALLATION}')
  const place = await Installation.open()
  const stage = await place.start('ingest')
  const pids = [stage.child.pid, place.server.child.pid, place.broker.pid]
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  const folders = [place.folder, place.broker.data, place.disks.broker?.path, place.disks.store?.path].filter(Boolean)
  console.log(JSON.stringify({ pids, folders }))`

interface Left {
  pids: number[]
  folders: string[]
}

async function opened(child: ChildProcess): Promise<Left> {
  const line = once(createInterface(child.stdout!), 'line')
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('it ended')))
  const [text] = await Promise.race([line, ended])
  ended.catch(() => {})
  return JSON.parse(text)
}

test('nothing of an installation outlives a test that was killed', { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { pids, folders } = await opened(child)
  expect(pids.map(isAlive)).toEqual([true, true, true])
  expect(folders.every((f) => existsSync(f))).toBe(true)
  child.kill('SIGKILL')
  await vi.waitFor(() => {
    expect(pids.filter(isAlive)).toEqual([])
    // A folder that is still mounted could not be removed.
    expect(folders.filter((f) => existsSync(f))).toEqual([])
  }, 20_000)
})

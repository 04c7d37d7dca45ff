import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startBroker } from '@assay/infra/kafka/broker'
import { install } from '@assay/infra/kafka/install'
import { freePorts } from '@assay/infra/kafka/port'
import { beforeAll, expect, test, vi } from 'vitest'
import { isAlive } from '../support/alive.js'

const MODULE = new URL('../../infra/dist/kafka/broker.js', import.meta.url).href
const MAIN = fileURLToPath(new URL('../../infra/dist/kafka/main.js', import.meta.url))

beforeAll(() => install('4'), 300_000)

/** What a process prints first. */
async function said(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))
  const [text] = await Promise.race([once(child.stdout!, 'data'), ended])
  ended.catch(() => {})
  return String(text)
}

test.each(['', 'broker.pause()'])('a broker does not outlive a parent that was killed %s', async (before) => {
  const script = `const { startBroker } = await import('${MODULE}')
    const broker = await startBroker()
    ${before}
    console.log(JSON.stringify(broker))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { pid, data } = JSON.parse(await said(parent)) as { pid: number; data: string }
  expect([isAlive(pid), existsSync(data)]).toEqual([true, true])
  parent.kill('SIGKILL')
  await vi.waitFor(() => expect([isAlive(pid), existsSync(data)]).toEqual([false, false]), 10_000)
})

test('npm run kafka says where it is, and leaves nothing behind when it is stopped', async () => {
  const { broker } = await freePorts()
  const child = spawn(process.execPath, [MAIN, '--port', String(broker)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const screen = await said(child)
  expect(screen).toContain(`KAFKA_BROKERS=127.0.0.1:${broker}`)
  const data = /data (\S+),/.exec(screen)![1]!
  expect(existsSync(data)).toBe(true)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(existsSync(data)).toBe(false)
})

test('a broker stops even while it is held, and says which port was not free', async () => {
  const broker = await startBroker()
  await expect(startBroker({ port: broker.port })).rejects.toThrow(`Expected port ${broker.port} to be free`)
  broker.pause()
  await broker.stop()
  expect([isAlive(broker.pid), existsSync(broker.data)]).toEqual([false, false])
})

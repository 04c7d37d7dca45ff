import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { seeded } from '../support/random.js'
import { tempDir } from '../support/temp.js'
import { Receiver } from './receiver.js'

const SENDER = fileURLToPath(new URL('../dist/sdk/sender.js', import.meta.url))

let receiver: Receiver
let url: string
let folder: string
/** What was kept, as far as its process came to say so. */
let said: string[]
beforeEach(async () => {
  receiver = new Receiver()
  url = await receiver.listen()
  folder = tempDir()
  said = []
  onTestFinished(() => receiver.close())
})

interface Sender {
  child: ChildProcess
  begun: Promise<unknown>
  ended: Promise<unknown>
}

function start(name: string, count: number): Sender {
  const child = spawn(process.execPath, [SENDER, url, folder, name, `${count}`])
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  child.stderr.on('data', (chunk) => {
    // Nobody promised that the server is there.
    if (!/events: (503|TypeError)/.test(`${chunk}`)) said.push(`not told of: ${chunk}`)
  })
  const ended = once(child, 'close').then(() => said.push(...text.split('\n').slice(0, -1)))
  return { child, begun: once(child.stdout, 'data'), ended }
}

const files = () => readdirSync(folder).filter((name) => name.endsWith('.ndjson'))

test('living processes that share a folder deliver their own events once, and of a dead one’s each once', async () => {
  const left = Array.from({ length: 50 }, (_, i) => `left-${i}`)
  for (const [i, name] of left.entries())
    writeFileSync(
      join(folder, `${(1000 + i).toString().padStart(16, 'f')}.0.ndjson`),
      `\n${JSON.stringify({ id: name, event: name })}`,
    )
  // All of them hold events when the next one looks around.
  receiver.refusals = Infinity
  const senders: Sender[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    senders.push(start(name, 200))
    await senders.at(-1)!.begun
  }
  receiver.refusals = 0
  await Promise.all(senders.map(({ ended }) => ended))
  expect(receiver.names.sort()).toEqual([...left, ...said].sort())
  expect(said).toHaveLength(800)
}, 60_000)

test('processes that are killed at any moment lose nothing, and repeat no more than was on its way', async () => {
  const kills = 8
  const random = seeded(7)
  for (let i = 0; i < kills; i++) {
    receiver.refusals = Math.floor(random() * 4)
    const [victim, other] = [start(`victim-${i}`, 2000), start(`other-${i}`, 500)]
    await Promise.all([victim.begun, other.begun])
    await sleep(random() * 150)
    victim.child.kill('SIGKILL')
    other.child.kill(random() < 0.5 ? 'SIGKILL' : 'SIGSTOP')
    // One that only stands still keeps what is its own.
    setTimeout(() => other.child.kill('SIGCONT'), 100)
    await Promise.all([victim.ended, other.ended])
  }
  await start('last', 1).ended
  const taken = new Set(receiver.names)
  const repeated = receiver.taken.length - new Set(receiver.taken.map(({ id }) => id)).size
  console.log(`${said.length} kept, ${receiver.taken.length} sent, ${repeated} of them again`)
  expect(said.filter((name) => !taken.has(name))).toEqual([])
  expect(said.length).toBeGreaterThan(500)
  expect(repeated).toBeLessThanOrEqual(kills * 2 * 20)
  expect(files()).toHaveLength(1)
}, 120_000)

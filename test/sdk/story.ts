import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { assign, type Branch, bucket, createClient } from '@assay/sdk'
import { spool } from '@assay/sdk/node'
import { Receiver } from './receiver.js'

// What a Node has to be able to do with the built package; says as JSON how it went.
const golden = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as {
  bucket: { user: string; testId: string; bucket: number }[]
  assign: { user: string; testId: string; branches: Branch[]; branch: string }[]
}
const receiver = new Receiver()
const url = await receiver.listen()
const folder = mkdtempSync(join(tmpdir(), 'assay-story-'))
const options = { url, key: 'w', app: 'shop', config: { tests: {} }, refresh: 0 }

/** Events arrive once though the server refuses them first. */
async function deliver(): Promise<string[]> {
  receiver.refusals = 1
  const client = createClient(options)
  for (let i = 0; i < 20; i++) client.visitor({ user: 'ann' }).track(`view-${i}`)
  await client.flush()
  await client.close()
  return receiver.names.splice(0)
}

/** A process is killed while nobody takes its events, and the next one delivers them. */
async function recover(): Promise<string[]> {
  receiver.taken.length = 0
  receiver.refusals = Infinity
  const child = spawn(process.execPath, [
    fileURLToPath(new URL('sender.js', import.meta.url)),
    url,
    folder,
    'kept',
    '3',
  ])
  for (let said = ''; !said.includes('kept-2'); ) said += (await once(child.stdout, 'data'))[0]
  child.kill('SIGKILL')
  await once(child, 'exit')
  receiver.refusals = 0
  const client = createClient({ ...options, keep: spool(folder) })
  for (let i = 0; i < 100 && receiver.taken.length < 3; i++) {
    await sleep(20)
    await client.flush()
  }
  await client.close()
  return receiver.names
}

const wrong = [
  ...golden.bucket.filter((v) => bucket(v.user, v.testId) !== v.bucket),
  ...golden.assign.filter((v) => assign(v.user, v.testId, v.branches) !== v.branch),
]
process.stdout.write(
  JSON.stringify({
    version: process.versions.node,
    vectors: golden.bucket.length + golden.assign.length,
    wrong,
    delivered: await deliver(),
    recovered: await recover(),
  }),
)
rmSync(folder, { recursive: true })
receiver.close()

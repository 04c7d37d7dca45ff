import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Keep } from '@assay/sdk'
import { spool } from '@assay/sdk/node'

// Tracks so many events by a spool, says each one's name once it is kept, and ends when the server has all that it holds.
const [, , url, folder, name, count] = process.argv as unknown as [string, string, string, string, string, string]
const spooled = spool(folder)
const held = new Set<string>()
let isAdopted = false
const keep: Keep = {
  add(line) {
    held.add(line.id)
    spooled.add(line)
  },
  remove(lines) {
    spooled.remove(lines)
    for (const { id } of lines) held.delete(id)
  },
  async adopt(add, forget) {
    await spooled.adopt(add, forget)
    isAdopted = true
  },
}
const client = createClient({
  ...{ url, key: 'w', app: 'shop', config: { tests: {} }, refresh: 0, keep },
  queue: 10_000,
  batch: { events: 20, wait: 5 },
  onDrop: (dropped, reason) => process.stderr.write(`${dropped} dropped: ${reason}\n`),
  onError: (error) => process.stderr.write(`${error}\n`),
})
const visitor = client.visitor({ user: 'ann' })
for (let i = 0; i < Number(count); i++) {
  visitor.track(`${name}-${i}`)
  process.stdout.write(`${name}-${i}\n`)
  if (i % 50 === 49) await sleep(5)
}
while (!isAdopted || held.size > 0) {
  await client.flush()
  await sleep(10)
}
await client.close()

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@assay/sdk'
import { spool } from '@assay/sdk/node'

// Tracks so many events by a spool, says each one's name once it is kept, and ends when the server has all.
const [, , url, folder, name, count] = process.argv as unknown as [string, string, string, string, string, string]
const client = createClient({
  ...{ url, key: 'w', app: 'shop', config: { tests: {} }, refresh: 0, keep: spool(folder) },
  batch: { events: 20, wait: 5 },
  onError: (error) => process.stderr.write(`${error}\n`),
})
const visitor = client.visitor({ user: 'ann' })
for (let i = 0; i < Number(count); i++) {
  visitor.track(`${name}-${i}`)
  process.stdout.write(`${name}-${i}\n`)
  if (i % 50 === 49) await sleep(5)
}
const isLeft = () =>
  readdirSync(folder).some((file) => file.endsWith('.ndjson') && statSync(join(folder, file)).size > 0)
while (isLeft()) {
  await client.flush()
  await sleep(10)
}
await client.close()

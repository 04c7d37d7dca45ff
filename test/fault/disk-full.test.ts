import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../support/server-process.js'
import { smallDisk } from '../support/small-disk.js'

const MEGABYTE = 1024 * 1024

const disk = smallDisk(300)

// Mounting takes root; elsewhere there is no disk that may be filled.
test.skipIf(disk === null)(
  'on a full disk events are refused, none acknowledged is lost, and work goes on when there is room again',
  async () => {
    const { path, remove } = disk!
    const server = (await startServer(path))!
    onTestFinished(async () => {
      await server.end('SIGKILL')
      remove()
    })
    const acknowledged = new Set<string>()
    let next = 0
    const send = async () => {
      const batch = Array.from({ length: 200 }, () => ({
        id: `e${next}`,
        app: 'shop',
        user: `u${next++ % 100}`,
        event: 'view',
        props: { pad: 'x'.repeat(900) },
      }))
      const reply = await fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.keys.write}`, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      })
      const body = (await reply.json()) as { code?: string }
      if (reply.status === 202) for (const e of batch) acknowledged.add(e.id)
      return { status: reply.status, code: body.code, retryAfter: reply.headers.get('retry-after') }
    }
    for (let i = 0; i < 20; i++) expect((await send()).status).toBe(202)

    fill(path)
    let refused = await send()
    for (let i = 0; i < 200 && refused.status === 202; i++) refused = await send()
    expect(refused).toMatchObject({ status: 503, code: 'log-unavailable', retryAfter: expect.stringMatching(/^\d+$/) })

    rmSync(join(path, 'filler'))
    let again = await send()
    for (let i = 0; i < 100 && again.status !== 202; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      again = await send()
    }
    expect(again.status).toBe(202)
    const counted = await countedEvents(server.url, server.keys.read)
    expect(counted).toBe(acknowledged.size)
  },
  120_000,
)

/** Takes what room is left, in smaller and smaller pieces. */
function fill(path: string): void {
  const file = join(path, 'filler')
  for (let size = 64 * MEGABYTE; size >= 512; size /= 2) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // No room for a piece of this size any more.
    }
  }
}

async function countedEvents(url: string, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` }
  for (;;) {
    const { aggregator } = (await (await fetch(`${url}/v1/status`, { headers })).json()) as {
      aggregator: { fresh: boolean; stored: number }
    }
    if (aggregator.fresh) return aggregator.stored
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aggregator } from '@assay/aggregator/aggregator'
import { ControlFollower } from '@assay/core/control/follower'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import { queryApi } from '@assay/query-api/query-api'
import Fastify from 'fastify'
import { below, type Figure, median } from './measure.js'

const USERS = 1_000_000
const ASKED = 200

/** Results of a test with a million users, over HTTP, from its moments. */
export async function results(): Promise<Figure> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const [store, log, keys] = [await openChdbStore(join(path, 'store')), openLmdbLog(join(path, 'log')), createKeys()]
  await migrate(store)
  // Made inside the engine: every user is exposed, views, and one in ten buys.
  for (const [event, share] of [
    ['$exposure', 1],
    ['view', 1],
    ['purchase', 10],
  ] as const) {
    await store.write.command(
      `INSERT INTO inbox SELECT concat({event:String}, toString(number)), 'shop', concat('user-', toString(number)), {event:String},
         number % 97, now64(3), map('checkout', if(cityHash64(number) % 2 = 0, 'master', 'one-page')), map(), now64(3), 0, number
       FROM numbers({users:UInt64}) WHERE number % {share:UInt64} = 0`,
      { event, users: USERS, share },
    )
  }
  const aggregator = await Aggregator.start({ log, store })
  while (!(await aggregator.status()).fresh) await new Promise((r) => setTimeout(r, 100))
  const server = Fastify()
  const control = await ControlFollower.start(log, console.error)
  await server.register(queryApi, { store, log, keys: new KeyRing(keys), control })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const times: number[] = []
  for (let i = 0; i < ASKED; i++) times.push(await ask(`${url}/v1/apps/shop/tests/checkout/results?key=${keys.read}`))
  await server.close()
  await aggregator.close()
  await control.close()
  await store.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
  return below(`results of ${USERS.toLocaleString('en-US')} users, median of ${ASKED}`, median(times), 'ms', 25)
}

async function ask(url: string): Promise<number> {
  const started = performance.now()
  const body = (await (await fetch(url)).json()) as { branches: { users: number }[] }
  const took = performance.now() - started
  const users = body.branches.reduce((sum, b) => sum + b.users, 0)
  if (users !== USERS) throw new Error(`expected ${USERS} users, got ${users}`)
  return took
}

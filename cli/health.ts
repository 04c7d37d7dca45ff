import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '@assay/core/errors'
import type { FastifyInstance } from 'fastify'
import type { ServerParts } from './server.js'

/** Milliseconds a dependency may take to answer before it counts as gone. */
const PATIENCE = 2000

type Check = () => Promise<unknown>

/**
 * For whoever restarts processes and sends them traffic: `/live` says that this one runs, `/ready` that it can do its
 * work. A process that waits for Kafka or ClickHouse is alive, and restarting it helps nobody.
 */
export function serveHealth(server: FastifyInstance, { log, store }: ServerParts, stopping: () => boolean): void {
  const checks: Record<string, Check> = {
    log: () => log.bounds('assay.control', 0),
    ...(store !== null && { store: () => store.read.query('SELECT 1') }),
  }
  server.get('/live', { schema: { hide: true } as object }, () => ({ status: 'ok' }))
  server.get('/ready', { schema: { hide: true } as object }, async () => {
    if (stopping()) throw new AssayError('shutting-down', 'The server is stopping.')
    for (const [name, check] of Object.entries(checks)) await passes(name, check)
    return { status: 'ready' }
  })
}

async function passes(name: string, check: Check): Promise<void> {
  const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
    throw new Error(`no answer in ${PATIENCE} ms`)
  })
  try {
    await Promise.race([check(), late])
  } catch (cause) {
    throw new AssayError('not-ready', `The ${name} does not answer: ${(cause as Error).message.slice(0, 200)}`, {
      cause,
    })
  }
}

import { Definitions } from '@assay/core/control/definitions'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import type { Entry, Log, Topic } from '@assay/core/log/log'
import fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify'
import { ingest } from '../ingest.js'
import { type IngestOptions, newCounters } from '../options.js'

/** A log that only appends: at once, with an error, or when a test lets it. */
class FakeLog {
  readonly entries: Entry[] = []
  fails = false
  /** Appends wait for it. */
  gate: Promise<void> = Promise.resolve()

  async append(topic: Topic, entries: Entry[]): Promise<void> {
    await this.gate
    if (this.fails || topic !== 'assay.events') throw new Error('disk: secret path')
    this.entries.push(...entries)
  }

  get events(): Record<string, unknown>[] {
    return this.entries.map((entry) => JSON.parse(entry.value) as Record<string, unknown>)
  }
}

export const NOW = 1_700_000_000_000
export const keys = createKeys()

export interface Harness {
  server: FastifyInstance
  log: FakeLog
  definitions: Definitions
  counters: ReturnType<typeof newCounters>
  post(body: unknown, request?: InjectOptions): Promise<LightMyRequestResponse>
}

/** A server with nothing but ingest; `post` sends JSON with the write key unless told otherwise. */
export async function startIngest(options: Partial<IngestOptions> = {}): Promise<Harness> {
  const log = new FakeLog()
  const counters = newCounters()
  const definitions = new Definitions()
  const server = fastify({ return503OnClosing: false, routerOptions: { maxParamLength: 1200 } })
  const given = {
    log: log as unknown as Log,
    keys: new KeyRing(keys),
    definitions,
    clock: () => NOW,
    counters,
    ...options,
  }
  await server.register(ingest, given)
  const post = (body: unknown, { headers, ...request }: InjectOptions = {}) =>
    server.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.write}`, ...headers },
      payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      ...request,
    })
  return { server, log, definitions: given.definitions, counters, post }
}

import { addAbortSignal, Readable } from 'node:stream'
import { requireKey } from '@assay/core/door'
import type { Store } from '@assay/core/store/store'
import type { FastifyInstance } from 'fastify'
import type { ServerParts } from '../server.js'
import { aboutOf, framesOf, type Origin, parts, requireLocal } from './origin.js'

/** What `assay backup` asks: the parts of a backup, as streams. Nothing is written here, so no path comes in. */
export function serveBackup(server: FastifyInstance, { keys, log, config }: ServerParts, store: Store): void {
  const admin = requireKey(keys, [])
  const hidden = { schema: { hide: true } as object }
  const closing = new AbortController()
  // A stop does not wait for a copy, which can be taken again.
  server.addHook('preClose', async () => closing.abort())
  const idWindow = config.ASSAY_ID_WINDOW
  const origin = (): Origin => ({ log: requireLocal(log, store), store, keys: keys.current, idWindow })
  server.get('/v1/admin/backup', hidden, (request, reply) => {
    admin(request)
    reply.header('cache-control', 'no-store')
    return aboutOf(origin())
  })
  for (const part of parts) {
    server.get(`/v1/admin/backup/${part}`, hidden, (request, reply) => {
      admin(request)
      const stream = Readable.from(framesOf(part, origin()), { objectMode: false })
      return reply.type('application/octet-stream').send(addAbortSignal(closing.signal, stream))
    })
  }
}

import { createHash } from 'node:crypto'
import type { Definitions } from '@assay/core/control/definitions'
import { requireKey } from '@assay/core/door'
import { AssayError } from '@assay/core/errors'
import { name } from '@assay/core/event'
import { isAmong } from '@assay/core/http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ConfigStreams } from './config-streams.js'
import { describe } from './describe.js'
import { defaultLimits, type IngestOptions } from './options.js'
import { problem } from './reply.js'

interface Request {
  Params: { app: string }
}

/** GET /v1/apps/:app/config: what clients see of an app's tests, at once or as it changes. */
export class ConfigRoute {
  private readonly definitions: Definitions
  private readonly streams: ConfigStreams
  private readonly requireKey
  /** By app, the config that a tag was made of. */
  private readonly tags = new Map<string, { config: string; tag: string }>()

  constructor({ definitions, keys, limits }: IngestOptions) {
    this.definitions = definitions
    this.streams = new ConfigStreams(definitions, limits?.streams ?? defaultLimits.streams)
    this.requireKey = requireKey(keys, ['write'])
  }

  serve(server: FastifyInstance): void {
    server.addHook('preClose', (done) => {
      this.streams.close()
      done()
    })
    server.setErrorHandler((error, request, reply) => problem(reply, request.log, error))
    server.get<Request>('', { exposeHeadRoute: false }, (request, reply) => this.handle(request, reply))
  }

  private handle(request: FastifyRequest<Request>, reply: FastifyReply): FastifyReply | undefined {
    this.requireKey(request)
    const { headers, params } = request
    const { app } = params
    if (!name.safeParse(app).success)
      throw new AssayError('query-invalid', `app: expected a name of 1 to 128 characters; ${describe(app)} came.`)
    // One address has two answers, of which caches keep the one that was asked for.
    reply.header('cache-control', 'no-cache').header('vary', 'accept')
    if (/\btext\/event-stream\b/.test(headers.accept ?? '')) {
      this.streams.open(app, reply)
      return
    }
    const config = this.definitions.config(app)
    const tag = this.tagOf(app, config)
    reply.header('etag', tag)
    if (isAmong(tag, headers['if-none-match'])) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(config)
  }

  private tagOf(app: string, config: string): string {
    const known = this.tags.get(app)
    if (known?.config === config) return known.tag
    const tag = `"${createHash('sha256').update(config).digest('base64url').slice(0, 27)}"`
    // Names that nobody defined tests for are not kept: anyone can make them up.
    if (this.definitions.has(app)) this.tags.set(app, { config, tag })
    return tag
  }
}

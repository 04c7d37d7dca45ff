import { type Presented, requireKey } from '@assay/core/door'
import { AssayError } from '@assay/core/errors'
import type { Grant } from '@assay/core/key-ring'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppendQueue } from './append.js'
import { decompress, encodingOf, parseBody } from './body.js'
import { isBinaryMode, mediaTypes } from './formats/cloud-events-request.js'
import type { Format } from './formats/format.js'
import { KnownTests } from './known-tests.js'
import { type Counters, defaultLimits, type IngestLimits, type IngestOptions, newCounters } from './options.js'
import { TokenBucket } from './rate-limit.js'
import { type Received, receive } from './receive.js'
import { NoValidEvent, problem } from './reply.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the key the request came with, once that is known. */
    grant: Grant | undefined
  }
}

type Request = FastifyRequest<{ Body: Buffer | undefined }>

/** The stages of each address that takes events, in the order of the methods; all share queue, tests and rates. */
export class EventsRoute {
  private readonly limits: IngestLimits
  private readonly counters: Counters
  private readonly clock: () => number
  private readonly known: KnownTests
  private readonly queue: AppendQueue
  private readonly requireKey
  /** The rate limit of each key. */
  private readonly buckets = new WeakMap<Grant, TokenBucket>()
  private stopping = false

  constructor(options: IngestOptions) {
    this.limits = { ...defaultLimits, ...options.limits }
    this.counters = options.counters ?? newCounters()
    this.clock = options.clock ?? Date.now
    this.known = new KnownTests(options.knownTests ?? [], this.limits)
    this.queue = new AppendQueue(options.log, this.limits.queueBytes)
    // Each event says which app it is of.
    this.requireKey = requireKey(options.keys, ['write'], { limitsItself: true })
  }

  serve(server: FastifyInstance, format: Format): void {
    const parser = { parseAs: 'buffer', bodyLimit: this.limits.requestBytes } as const
    server.removeAllContentTypeParsers()
    // sendBeacon sends text/plain: anything else would cost browsers a preflight.
    const types = ['application/json', 'text/plain', ...mediaTypes]
    server.addContentTypeParser<Buffer>(types, parser, (_, body, done) => done(null, body))
    server.decorateRequest('grant')
    server.addHook('preClose', (done) => {
      this.stopping = true
      done()
    })
    server.setErrorHandler((error, request, reply) => this.fail(error, request, reply))
    server.post<{ Body: Buffer | undefined }>(
      '',
      { onRequest: (request, _, done) => this.admit(request, format, done) },
      (request, reply) => this.handle(request, reply, format),
    )
  }

  /** Settles all that the headers tell, before the body is read. */
  private admit(request: FastifyRequest, format: Format, done: (error?: Error) => void): void {
    if (this.stopping) throw new AssayError('shutting-down', 'The server takes no more events; it is stopping.')
    const presented = format.presented(request)
    if (presented !== null) request.grant = this.grantOf(presented, request)
    encodingOf(request.headers['content-encoding'], request.query)
    this.checkLoad(request.grant)
    done()
  }

  private async handle(request: Request, reply: FastifyReply, format: Format): Promise<string> {
    const body = await this.read(request)
    const grant = request.grant ?? this.grantOf(format.presented(request, body) ?? request.headers, request)
    // Again, because others were served while this body came in; from here to the append nobody else is.
    this.checkLoad(grant)
    const batch = format.open(body, request, this.limits.requestEvents)
    this.bucketOf(grant).take(batch.events.length)
    const received = receive(batch, Math.floor(this.clock()), this.known, grant.app)
    this.counters.rejected += received.rejected.length
    if (received.entries.length > 0) await this.queue.append(received.entries)
    else if (received.rejected.length > 0) throw new NoValidEvent(received.rejected)
    this.count(received)
    return format.answer(reply, received)
  }

  private async read({ headers, query, body }: Request): Promise<unknown> {
    if (!body?.length && isBinaryMode(headers)) return undefined
    if (body === undefined)
      throw new AssayError('content-type-unsupported', 'Expected a body with a content type; none came.')
    const gzip = encodingOf(headers['content-encoding'], query) === 'gzip'
    return parseBody(gzip ? await decompress(body, this.limits.requestBytes) : body)
  }

  private grantOf(headers: Presented, { query, params }: FastifyRequest): Grant {
    return this.requireKey({ headers, query, params })
  }

  private bucketOf(grant: Grant): TokenBucket {
    const known = this.buckets.get(grant)
    if (known !== undefined) return known
    const bucket = new TokenBucket(this.limits.eventsPerSecond, this.limits.eventBurst)
    this.buckets.set(grant, bucket)
    return bucket
  }

  private checkLoad(grant: Grant | undefined): void {
    this.queue.check()
    const retryAfter = grant === undefined ? 0 : this.bucketOf(grant).wait(this.clock())
    if (retryAfter === 0) return
    const detail = `Expected at most ${this.limits.eventsPerSecond} events a second from this key; more came.`
    throw new AssayError('rate-limited', detail, { retryAfter })
  }

  private count({ entries, clamped }: Received): void {
    this.counters.accepted += entries.length
    this.counters.clamped += clamped
  }

  private fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    this.counters.refused++
    return problem(reply, request.log, error)
  }
}

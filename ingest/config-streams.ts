import type { ServerResponse } from 'node:http'
import type { Definitions } from '@assay/core/control/definitions'
import { AssayError } from '@assay/core/errors'
import type { FastifyReply } from 'fastify'

const HEARTBEAT = 15_000
/** A reader that falls this many bytes behind is let go; it comes back by itself, and gets what is new then. */
const MAX_BEHIND = 4 * 1024 * 1024
/** Seconds after which those who found no place may come back. */
const RETRY_AFTER = 60

const headers = {
  'content-type': 'text/event-stream',
  'x-accel-buffering': 'no',
  // Kept alive after its end, the connection would hold up a server that is closing.
  connection: 'close',
}

/** Clients that wait for changes of their app's config. */
export class ConfigStreams {
  private readonly streams = new Map<ServerResponse, string>()
  private readonly heartbeat: NodeJS.Timeout
  private closed = false

  constructor(
    private readonly definitions: Definitions,
    private readonly limit: number,
  ) {
    definitions.onChange((app) => this.tell(app))
    this.heartbeat = setInterval(() => this.write(ALIVE, () => true), HEARTBEAT).unref()
  }

  /** Sends the config now, and again at each change until the client or the server ends it. */
  open(app: string, reply: FastifyReply): void {
    if (this.closed) throw new AssayError('shutting-down', 'The server is stopping.')
    if (this.streams.size >= this.limit) {
      const detail = `Expected fewer than ${this.limit} clients that wait; there is no place now.`
      throw new AssayError('too-many-streams', detail, { retryAfter: RETRY_AFTER })
    }
    const shared = reply.getHeaders() as Record<string, string>
    const { raw } = reply.hijack()
    this.streams.set(raw, app)
    raw.once('close', () => this.streams.delete(raw))
    raw.writeHead(200, { ...shared, ...headers })
    raw.write(`retry: ${between(1000, 5000)}\n\n`)
    raw.write(this.eventOf(app))
  }

  close(): void {
    this.closed = true
    clearInterval(this.heartbeat)
    for (const stream of this.streams.keys()) stream.end()
    this.streams.clear()
  }

  private tell(app: string): void {
    this.write(this.eventOf(app), (other) => other === app)
  }

  /** One buffer for all: a copy for each would be gigabytes where many wait for much. */
  private write(bytes: Buffer, isMeant: (app: string) => boolean): void {
    for (const [stream, app] of this.streams) {
      if (!isMeant(app)) continue
      stream.write(bytes)
      if (stream.writableLength > MAX_BEHIND) stream.destroy()
    }
  }

  private eventOf(app: string): Buffer {
    return Buffer.from(`event: config\ndata: ${this.definitions.config(app)}\n\n`)
  }
}

const ALIVE = Buffer.from(': alive\n\n')

/** Different milliseconds for each, or all would come back at once when a server was away. */
const between = (least: number, most: number) => Math.floor(least + Math.random() * (most - least))

import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import { hasBody } from './headers.js'

/** Copies under way at once. */
const MOST = 64
/** Bytes of a body that wait for the mirror; the user's upload waits for nobody else. */
const BEHIND = 1_048_576
/** What changes nothing (RFC 9110, 9.2.1). */
const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Sends copies of requests to an upstream of which no answer is wanted. What is too much is dropped. */
export class Mirror {
  private underWay = 0

  constructor(
    private readonly pool: Pool,
    private readonly isAll: boolean,
    private readonly onDrop: () => void,
  ) {}

  copy(request: IncomingMessage, headers: string[]): void {
    const method = request.method!
    if (!this.isAll && (!safe.has(method) || hasBody(request))) return
    if (this.underWay >= MOST) return void this.onDrop()
    this.underWay++
    const body = hasBody(request) ? this.copyOf(request) : null
    this.pool.dispatch(
      { method: method as Dispatcher.HttpMethod, path: request.url!, headers, body },
      new Discarding(() => this.underWay--),
    )
  }

  private copyOf(request: IncomingMessage): PassThrough {
    const copy = new PassThrough()
    const take = (chunk: Buffer) => {
      copy.write(chunk)
      if (copy.writableLength <= BEHIND) return
      this.onDrop()
      copy.destroy(new Error('the mirror is behind'))
    }
    // Where the mirror is done with it, nothing of it is kept.
    copy.on('error', () => {}).on('close', () => request.off('data', take))
    // It must not flow before the user's own upload takes it.
    request.pause()
    request
      .on('data', take)
      .on('end', () => copy.end())
      .on('close', () => request.complete || copy.destroy())
    return copy
  }

  close(): Promise<unknown> {
    return this.pool.destroy()
  }
}

/** Reads a response to its end, and keeps nothing of it. */
class Discarding implements Dispatcher.DispatchHandler {
  constructor(private readonly onEnd: () => void) {}
  onRequestStart(): void {}
  onResponseStart(): void {}
  onResponseData(): void {}
  onResponseEnd(): void {
    this.onEnd()
  }
  onResponseError(): void {
    this.onEnd()
  }
}

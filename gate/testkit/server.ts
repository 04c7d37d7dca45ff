import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { WireEvent } from '@assay/core/event'
import { listen } from './upstream.js'

type Mood = 'answer' | 'hang' | 'refuse' | 'drop' | 'damage'

/** Answers what clients see of any app, with an ETag, and takes events, in the mood it is in. */
export class FakeServer {
  url = ''
  mood: Mood = 'answer'
  looks = 0
  /** Of each look, its status. */
  readonly statuses: number[] = []
  readonly events: WireEvent[] = []

  private constructor(public config: object) {}

  static async start(config: object): Promise<FakeServer> {
    const fake = new FakeServer(config)
    const server = createServer((request, response) => fake.reply(request, response))
    fake.url = await listen(server)
    return fake
  }

  /** Events of one name, as they came. */
  named(event: string): WireEvent[] {
    return this.events.filter((one) => one.event === event)
  }

  private reply(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET') this.looks++
    if (this.mood === 'hang') return
    if (this.mood === 'drop') return void response.destroy()
    if (request.method === 'GET') this.tell(request, response)
    else this.take(request, response)
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    this.events.push(...(JSON.parse(body) as { events: WireEvent[] }).events)
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"rejected":[]}')
  }

  private tell({ headers }: IncomingMessage, response: ServerResponse): void {
    const body = JSON.stringify(this.config)
    const etag = `"${body.length}-${body}"`.replaceAll(/[^\w"-]/g, '')
    const isSame = headers['if-none-match'] === etag
    const status = this.mood === 'refuse' ? 401 : isSame && this.mood === 'answer' ? 304 : 200
    this.statuses.push(status)
    response.writeHead(status, { etag }).end(status === 304 ? '' : this.mood === 'damage' ? body.slice(3) : body)
  }
}

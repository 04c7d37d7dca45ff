import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Mood = 'answer' | 'hang' | 'refuse' | 'drop' | 'damage'

/** Answers what clients see of any app, with an ETag, in the mood it is in. */
export class FakeServer {
  url = ''
  mood: Mood = 'answer'
  looks = 0
  /** Of each look, its status. */
  readonly statuses: number[] = []

  private constructor(public config: object) {}

  static async start(config: object): Promise<FakeServer> {
    const fake = new FakeServer(config)
    const server = createServer((request, response) => fake.reply(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return fake
  }

  private reply({ headers }: IncomingMessage, response: ServerResponse): void {
    this.looks++
    if (this.mood === 'hang') return
    if (this.mood === 'drop') return void response.destroy()
    const body = JSON.stringify(this.config)
    const etag = `"${body.length}-${body}"`.replaceAll(/[^\w"-]/g, '')
    const isSame = headers['if-none-match'] === etag
    const status = this.mood === 'refuse' ? 401 : isSame && this.mood === 'answer' ? 304 : 200
    this.statuses.push(status)
    response.writeHead(status, { etag }).end(status === 304 ? '' : this.mood === 'damage' ? body.slice(3) : body)
  }
}

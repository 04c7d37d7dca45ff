import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

interface Sent {
  id: string
  event: string
}

/** Takes events over HTTP as Assay does, or says that it cannot for now. */
export class Receiver {
  /** Every event that was acknowledged, as often as it was. */
  readonly taken: Sent[] = []
  /** How many requests are refused before any is taken. */
  refusals = 0
  /** What clients are told of the app's tests; without it, nothing, however long they wait. And how often one asked. */
  config: object | undefined = { tests: {} }
  looks = 0
  readonly #server = createServer(async (req, res) => {
    if (req.method === 'GET') {
      this.looks++
      if (this.config) res.end(JSON.stringify(this.config))
      return
    }
    // Who is killed meanwhile has sent nothing.
    const chunks: Buffer[] | undefined = await req.toArray().catch(() => undefined)
    if (!chunks) return
    if (this.refusals > 0) {
      this.refusals--
      res.writeHead(503).end()
      return
    }
    const body = Buffer.concat(chunks)
    const { events } = JSON.parse(`${req.url?.includes('encoding=gzip') ? gunzipSync(body) : body}`)
    this.taken.push(...events)
    res.writeHead(202, { 'content-type': 'application/json' }).end('{"rejected":[]}')
  })

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get names(): string[] {
    return this.taken.map(({ event }) => event)
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

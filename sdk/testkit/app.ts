import { type Client, createClient } from '../client.js'
import type { ClientOptions } from '../options.js'
import { FakeServer } from './fake-server.js'

/** An app with clients before a server that is played, and what it hears of them. */
export class App {
  readonly server = new FakeServer()
  readonly errors: string[] = []
  readonly drops: [count: number, reason: string][] = []
  readonly #options: Partial<ClientOptions>

  constructor(options: Partial<ClientOptions> = {}) {
    this.#options = options
  }

  open(options: Partial<ClientOptions> = {}): Client {
    return createClient({
      url: 'https://assay.example',
      key: 'wk_1',
      app: 'shop',
      fetch: this.server.fetch,
      onError: (error) => this.errors.push(error.message),
      onDrop: (count, reason) => this.drops.push([count, reason]),
      ...this.#options,
      ...options,
    })
  }
}

import { type Client, createClient } from '../client.js'
import type { ClientOptions } from '../options.js'
import { Heard } from './heard.js'

/** An app with clients before a server that is played, and what it hears of them. */
export class App extends Heard {
  readonly #own: Partial<ClientOptions>

  constructor(own: Partial<ClientOptions> = {}) {
    super()
    this.#own = own
  }

  open(options: Partial<ClientOptions> = {}): Client {
    return createClient({ ...this.options, ...this.#own, ...options })
  }
}

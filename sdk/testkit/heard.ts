import { FakeServer } from './fake-server.js'

/** A server that is played, and what is heard of whatever is made with these options. */
export class Heard {
  readonly server = new FakeServer()
  readonly errors: string[] = []
  readonly drops: [count: number, reason: string][] = []

  readonly options = {
    url: 'https://assay.example',
    key: 'wk_1',
    app: 'shop',
    fetch: this.server.fetch,
    onError: (error: Error) => void this.errors.push(error.message),
    onDrop: (count: number, reason: string) => void this.drops.push([count, reason]),
  }
}

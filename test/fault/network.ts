import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What a network can do to those who use it. */
export type Weather =
  | { kind: 'clear' }
  /** Connections break, and no new one comes about. */
  | { kind: 'cut' }
  /** Bytes in both directions stand still. */
  | { kind: 'hang' }
  | { kind: 'slow'; milliseconds: number }
  /** Each request is answered by this, and does not arrive. */
  | { kind: 'answer'; response: string }

/** Stands between services and a server, and spoils the network between them when told. */
export class Network {
  readonly #port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #weather: Weather = { kind: 'clear' }

  private constructor(port: number) {
    this.#port = port
    this.#server = createServer((client) => this.#accept(client))
  }

  static async open(port: number): Promise<Network> {
    const network = new Network(port)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on; connections that stood still break, as they would after a real cut. */
  set weather(weather: Weather) {
    this.#weather = weather
    if (weather.kind === 'cut' || weather.kind === 'answer' || weather.kind === 'clear')
      for (const socket of this.#sockets) if (weather.kind !== 'clear' || socket.isPaused()) socket.destroy()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    const weather = this.#weather
    if (weather.kind === 'cut') return void client.destroy()
    this.#keep(client)
    if (weather.kind === 'answer') return void client.once('data', () => client.end(weather.response))
    const server = connect(this.#port, '127.0.0.1')
    this.#keep(server)
    this.#pass(client, server)
    this.#pass(server, client)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      const weather = this.#weather
      if (weather.kind === 'hang') from.pause()
      else if (weather.kind === 'slow') setTimeout(() => to.write(bytes), weather.milliseconds)
      else to.write(bytes)
    })
    from.on('close', () => to.destroy())
  }
}

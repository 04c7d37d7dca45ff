import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a network can do to those who use it. */
export type Weather =
  | { kind: 'clear' }
  /** Connections break, and no new one comes about. */
  | { kind: 'cut' }
  /** Bytes in both directions are lost. */
  | { kind: 'hang' }
  /** Requests arrive; answers are lost. */
  | { kind: 'deaf' }
  | { kind: 'slow'; milliseconds: number }
  /** Each request is answered by this, and does not arrive. */
  | { kind: 'answer'; response: string }

/** Stands between services and a server of this machine, and spoils the network between them when told. */
export class Network {
  readonly #to: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Of those connections on which bytes were lost: they break, as they would after a real cut. */
  readonly #spoilt = new Set<Socket>()
  #weather: Weather = { kind: 'clear' }

  private constructor(to: number) {
    this.#to = to
    this.#server = createServer((client) => this.#accept(client))
  }

  /** @param to the port it leads to, where nobody need listen yet */
  static async open(to: number): Promise<Network> {
    const network = new Network(to)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  /** Where services connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on. */
  set weather(weather: Weather) {
    this.#weather = weather
    const broken = weather.kind === 'cut' || weather.kind === 'answer' ? this.#sockets : this.#spoilt
    for (const socket of broken) socket.destroy()
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
    const server = connect(this.#to, '127.0.0.1')
    this.#keep(server)
    this.#pass(client, server, ['hang'])
    this.#pass(server, client, ['hang', 'deaf'])
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#spoilt.delete(socket)
    })
  }

  /** In order, though what comes later may be delayed less. */
  #pass(from: Socket, to: Socket, losses: Weather['kind'][]): void {
    let passed: Promise<unknown> = Promise.resolve()
    from.on('data', (bytes) => {
      const weather = this.#weather
      if (losses.includes(weather.kind)) return void this.#spoilt.add(from)
      const delay = weather.kind === 'slow' ? sleep(weather.milliseconds) : null
      passed = Promise.all([passed, delay]).then(() => to.write(bytes))
    })
    from.on('close', () => passed.then(() => to.destroySoon()))
  }
}

import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'

/** Connections with responses under way: one that asks for another protocol behind them has none to give away yet. */
export class Busy {
  readonly #responses = new WeakMap<Socket, number>()

  add(socket: Socket, response: ServerResponse): void {
    this.#count(socket, 1)
    response.once('close', () => this.#count(socket, -1))
  }

  has(socket: Socket): boolean {
    return (this.#responses.get(socket) ?? 0) > 0
  }

  #count(socket: Socket, change: number): void {
    this.#responses.set(socket, (this.#responses.get(socket) ?? 0) + change)
  }
}

/** A response of a connection that Node has handed over, after which it is closed. */
export function responseOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  // A client that resets the connection is gone, as one that closes it is.
  socket.on('error', () => {})
  response.on('finish', () => socket.destroySoon())
  // One that leaves before the answer only ends its side.
  socket.once('end', () => response.headersSent || socket.destroy())
  return response
}

/** Tells the client that the protocol changes, and joins both connections until one of them ends. */
export function join(socket: Socket, head: Buffer, upstream: Duplex, headers: readonly string[]): void {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket']
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  if (head.length > 0) upstream.write(head)
  socket.setNoDelay(true).removeAllListeners('end')
  // What goes wrong on one side ends the other.
  const done = () => {}
  pipeline(socket, upstream, done)
  pipeline(upstream, socket, done)
}

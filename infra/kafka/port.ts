import { createServer } from 'node:net'

export interface Ports {
  broker: number
  controller: number
  /** Where the broker listens for those who come by a proxy, and the proxy's port, at which it tells them to stay. */
  proxied?: { port: number; proxy: number }
}

/** Ports of the loopback for a broker and its controller, of which the broker's may be given. */
export async function freePorts(given?: number): Promise<Ports> {
  if (given !== undefined && !(await isFree(given)))
    throw new Error(`Expected port ${given} to be free; another program listens there.`)
  const broker = given ?? (await freePort())
  return { broker, controller: await freePort(broker) }
}

/**
 * Below the range the system hands out by itself: while a broker is down between two starts, no client's own
 * connection must take its port.
 */
export async function freePort(except?: number): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (port !== except && (await isFree(port))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

import { createServer } from 'node:net'

export interface Ports {
  broker: number
  controller: number
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
async function freePort(except?: number): Promise<number> {
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

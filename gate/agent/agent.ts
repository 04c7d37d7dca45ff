import { type AddressInfo, createServer } from 'node:net'

export interface AgentDoor {
  host: string
  port: number
  close(): Promise<void>
}

export interface AgentOptions {
  host: string
  port: number
  /** Whole percent of users who go to the server that this is the agent of. */
  percent(): number
}

/** Tells HAProxy's agent check the weight of a server, in percent of its own, and hangs up. */
export async function openAgent({ host, port, percent }: AgentOptions): Promise<AgentDoor> {
  const server = createServer((socket) => {
    // What `agent-send` says is not needed.
    socket.on('error', () => {}).resume()
    socket.end(`${percent()}%\n`, () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, host, resolve))
  const { address, port: taken } = server.address() as AddressInfo
  return { host: address, port: taken, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Whole percent, as HAProxy takes them: never more than was decided, but for the last bit of the division. */
export const percentOf = (share: number): number => Math.floor(share * 100 + 1e-9)

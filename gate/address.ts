import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a server answers. */
export function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

import { connect } from 'node:net'

/** What a door answers to these bytes, which come one after the other, until it closes the connection. */
export function ask(door: string | number, ...parts: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = typeof door === 'string' ? connect(door) : connect(door, '127.0.0.1')
    socket
      .on('connect', async () => {
        for (const part of parts) await new Promise((sent) => socket.write(part, sent))
      })
      .on('data', (chunk) => chunks.push(chunk))
      .on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
      )
      .on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

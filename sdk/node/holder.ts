import { renameSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

/** Bytes of a socket's address that every system takes. */
const LONGEST = 103

/**
 * Says as long as this process lives that it holds what is kept under `id`: by a socket, which the system itself stops
 * answering at once when its process ends, however that happens, and which no later process with the same number answers.
 * @throws Error if the folder cannot have one
 */
export function hold(folder: string, id: string): void {
  const wanted = addressOf(folder, id)
  // Who looks between the socket's birth and its first answer would think it dead, so it gets its name then.
  const first = isWindows ? wanted : `${wanted}~`
  const length = Buffer.byteLength(first)
  if (length > LONGEST) throw Error(`spool: a socket in ${folder} would have ${length} bytes of at most ${LONGEST}`)
  const server = createServer((probe) => probe.destroy()).on('error', () => {})
  // In a cluster too the socket is this process's own.
  server.listen({ path: first, exclusive: true }).unref()
  if (!server.listening) throw Error(`spool: expected a folder that takes files and sockets; ${folder}`)
  if (!isWindows) renameSync(first, wanted)
}

/** Whether a living process holds it; whatever is not known to be dead lives. */
export function isHeld(folder: string, id: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(addressOf(folder, id), () => {
      probe.destroy()
      resolve(true)
    }).on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}

const isWindows = process.platform === 'win32'

/** Where the holder of an id answers. */
export const addressOf = (folder: string, id: string) =>
  isWindows ? `\\\\.\\pipe\\assay-${id}` : join(folder, `${id}.sock`)

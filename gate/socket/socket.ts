import { chmodSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { AssayError } from '@assay/core/errors'
import { type Service, serveConnection } from './connection.js'

/** Bytes of a path: a socket's address takes 107, and it is made beside its place first. */
const MOST_BYTES = 95

export interface Door {
  close(): Promise<void>
}

/**
 * Listens on a unix socket that everybody may use. It takes the place of one that is there already at once, so that
 * nobody finds none, and is removed at the end unless another has taken its place since.
 * @throws AssayError `config-invalid`, or what the system says
 */
export async function openSocket(path: string, service: Service): Promise<Door> {
  requirePath(path)
  const kept = new Set<Socket>()
  let isClosing = false
  const server = createServer((socket) =>
    serveConnection(socket, service, () => {
      if (isClosing) return socket.destroy()
      kept.add(socket)
      socket.once('close', () => kept.delete(socket))
    }),
  )
  const own = `${path}.${process.pid}`
  rmSync(own, { force: true })
  await new Promise<void>((resolve, reject) => {
    // Later ones, as of too many open files, are of a connection that did not come to be.
    server.on('error', reject).listen(own, resolve)
  })
  chmodSync(own, 0o666)
  const { ino } = lstatSync(own)
  renameSync(own, path)
  return {
    async close() {
      isClosing = true
      if (found(path)?.ino === ino) rmSync(path, { force: true })
      const closed = new Promise((resolve) => server.close(resolve))
      // The others have a second at the most.
      for (const socket of kept) socket.destroy()
      await closed
    },
  }
}

function requirePath(path: string): void {
  if (Buffer.byteLength(path) > MOST_BYTES)
    throw new AssayError('config-invalid', `Expected a socket's path of at most ${MOST_BYTES} bytes; ${path} came.`)
  const there = found(path)
  if (there && !there.isSocket())
    throw new AssayError('config-invalid', `Expected a socket or nothing at ${path}; something else is there.`)
}

const found = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

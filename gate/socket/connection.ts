import type { Socket } from 'node:net'

/** What a connection needs. */
export interface Service {
  /** The bytes that answer a request. */
  answer(request: string): string
  /** A request that was answered, or a connection that ended without an answer, after so many milliseconds. */
  served(isAnswered: boolean, milliseconds: number): void
}

/** Milliseconds in which a request must have come. */
const DEADLINE = 1000
/** Milliseconds for which a connection that is kept may be silent. */
const IDLE = 75_000
/** Bytes of a request; what is longer is no number and no user. */
const LIMIT = 65_536
const NEWLINE = 0x0a
/** What keeps a connection open, where the original would take it for a number that is none. */
const KEEP = Buffer.from('keep\n')
const TOO_LONG = 'too long'

/**
 * One request, which ends where a newline is the last byte that has come; then the connection is closed. One that
 * begins with the line `keep` goes on, a request a line.
 */
export function serveConnection(socket: Socket, service: Service, onKept: () => void): void {
  const begun = performance.now()
  const fail = () => socket.destroy()
  const deadline = setTimeout(fail, DEADLINE)
  let isAnswered = false
  let isTooLong = false
  let come: Buffer = Buffer.alloc(0)

  const take = (chunk: Buffer) => {
    if (!isTooLong) come = come.length === 0 ? chunk : Buffer.concat([come, chunk])
    if (come.length >= KEEP.length && come.subarray(0, KEEP.length).equals(KEEP)) return keep()
    if (come.length > LIMIT) {
      isTooLong = true
      come = come.subarray(0, 0)
    }
    if (chunk.at(-1) !== NEWLINE) return
    socket.off('data', take).resume()
    isAnswered = true
    const request = isTooLong ? TOO_LONG : come.toString('utf8', 0, come.length - 1)
    socket.end(service.answer(request), fail)
  }
  const keep = () => {
    clearTimeout(deadline)
    socket.off('data', take).off('close', settle)
    serveLines(socket, service, come.subarray(KEEP.length))
    onKept()
  }
  const settle = () => {
    clearTimeout(deadline)
    service.served(isAnswered, performance.now() - begun)
  }
  socket.on('data', take).on('close', settle).on('error', fail)
}

/** Requests of a connection that is kept, in their order; who sends without reading is read no further. */
function serveLines(socket: Socket, service: Service, first: Buffer): void {
  let rest = first.subarray(0, 0)
  let deadline: NodeJS.Timeout | undefined
  // While nothing is read, it is not the sender who is late.
  const late = () => socket.isPaused() || socket.destroy()
  const take = (chunk: Buffer) => {
    const begun = performance.now()
    const end = chunk.lastIndexOf(NEWLINE)
    if (end >= 0) {
      const whole = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)])
      const requests = whole.toString().split('\n')
      rest = chunk.subarray(end + 1)
      clearTimeout(deadline)
      deadline = undefined
      const goesOn = socket.write(requests.map(service.answer).join(''))
      for (let i = 0; i < requests.length; i++) service.served(true, performance.now() - begun)
      if (!goesOn) socket.pause().once('drain', () => socket.resume())
    } else rest = Buffer.concat([rest, chunk])
    if (rest.length > LIMIT) socket.destroy()
    else if (rest.length > 0) deadline ??= setTimeout(late, DEADLINE)
  }
  socket.setTimeout(IDLE, () => socket.destroy())
  socket.on('data', take).on('close', () => {
    clearTimeout(deadline)
    if (rest.length > 0) service.served(false, DEADLINE)
  })
  if (first.length > 0) take(first)
}

import { connect } from 'node:net'

/** Metadata, version 1, of no topics: length; key, version, correlation id, no client id, an empty array. */
const REQUEST = Buffer.from(['0000000e', '0003', '0001', '00000000', 'ffff', '00000000'].join(''), 'hex')
/** Where the answer has the number of brokers: after its length and correlation id. */
const BROKERS = 8

/**
 * Whether the broker at a port knows of a broker. On a busy machine one that says it has started may not yet, or no
 * longer, know of itself, and answers that there is no controller and that partitions have no leader.
 */
export function knowsItself(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(REQUEST))
    socket.once('data', (answer) => {
      resolve(answer.length >= BROKERS + 4 && answer.readInt32BE(BROKERS) > 0)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

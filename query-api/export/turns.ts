import { finished } from 'node:stream'
import { AssayError } from '@assay/core/errors'
import type { FastifyReply } from 'fastify'

const RETRY_AFTER = 5

/** So many long answers at a time, each until its last byte is gone. @throws AssayError `too-many-exports` for what is more */
export function turnsOf(most: number): (reply: FastifyReply) => void {
  let running = 0
  return ({ raw }) => {
    if (running >= most) {
      const detail = `Expected at most ${most} long answers at once; as many are being made.`
      throw new AssayError('too-many-exports', detail, { retryAfter: RETRY_AFTER })
    }
    running++
    finished(raw, () => {
      running--
    })
  }
}

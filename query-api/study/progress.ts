import { problemReply, toAssayError } from '@assay/core/http'
import type { FastifyReply } from 'fastify'
import { eventStream } from '../event-stream.js'

/** Server-sent events: `progress` with the share that is done, then the answer by this name, or `problem`. */
export async function sendProgress(
  reply: FastifyReply,
  name: string,
  work: (tell: (share: number) => void) => Promise<object>,
): Promise<void> {
  const { raw } = reply.hijack()
  raw.writeHead(200, eventStream)
  const say = (event: string, json: string) => raw.write(`event: ${event}\ndata: ${json}\n\n`)
  const tell = (done: number) => say('progress', JSON.stringify({ done }))
  try {
    tell(0)
    say(name, JSON.stringify(await work(tell)))
  } catch (error) {
    if (toAssayError(error) === null) reply.log.error(error)
    say('problem', problemReply(error).body)
  } finally {
    raw.end()
  }
}

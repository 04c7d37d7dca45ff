import { type Log, payload } from '@assay/core/log/log'
import type { FastifyReply } from 'fastify'
import { eventStream } from './event-stream.js'

const HEARTBEAT = 15_000
/** A reader that falls this many bytes behind is let go; it can come back. */
const MAX_BEHIND = 4 * 1024 * 1024
const TOPIC = 'assay.events'

/** Server-sent events of an app's events as they are logged, from now on, until the client or the server ends it. */
export async function tail(reply: FastifyReply, log: Log, app: string, serverClosing: AbortSignal): Promise<void> {
  const partitions = Array.from({ length: log.partitions(TOPIC) }, (_, p) => p)
  // Before the answer begins: what a client sends once it sees the stream is in it.
  const bounds = await Promise.all(partitions.map((p) => log.bounds(TOPIC, p)))
  const { raw } = reply.hijack()
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, serverClosing])
  raw.once('close', () => stop.abort())
  raw.writeHead(200, eventStream)
  raw.write(': live\n\n')
  const heartbeat = setInterval(() => raw.write(': alive\n\n'), HEARTBEAT)
  const write = (line: string) => {
    raw.write(`data: ${line}\n\n`)
    if (raw.writableLength > MAX_BEHIND) stop.abort()
  }
  try {
    await Promise.all(partitions.map((p) => follow(log, p, bounds[p]!.end, app, signal, write)))
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
}

async function follow(
  log: Log,
  partition: number,
  from: number,
  app: string,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  for (let at = from; ; ) {
    await log.wait(TOPIC, partition, at, signal)
    if (signal.aborted) return
    const records = await log.read(TOPIC, partition, at, { records: 1000, bytes: 1024 * 1024 })
    for (const record of records) {
      if (signal.aborted) return
      if (record.app === app) write(payload(record).toString())
      at = record.offset + 1
    }
  }
}

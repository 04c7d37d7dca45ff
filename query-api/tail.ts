import { appOfKey, type Log } from '@assay/core/log/log'
import type { FastifyReply } from 'fastify'

const HEARTBEAT = 15_000
/** A reader that falls this many bytes behind is let go; it can come back. */
const MAX_BEHIND = 4 * 1024 * 1024

/** Server-sent events of an app's events as they are logged, from now on, until the client or the server ends it. */
export function tail(reply: FastifyReply, log: Log, app: string, serverClosing: AbortSignal): void {
  const { raw } = reply.hijack()
  const stop = new AbortController()
  const end = () => {
    stop.abort()
    clearInterval(heartbeat)
    raw.end()
  }
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  raw.write(': live\n\n')
  const heartbeat = setInterval(() => raw.write(': alive\n\n'), HEARTBEAT)
  raw.once('close', end)
  serverClosing.addEventListener('abort', end, { once: true })
  raw.once('close', () => serverClosing.removeEventListener('abort', end))
  const write = (line: string) => {
    raw.write(`data: ${line}\n\n`)
    if (raw.writableLength > MAX_BEHIND) end()
  }
  const partitions = Array.from({ length: log.partitions('assay.events') }, (_, p) => p)
  Promise.all(partitions.map((p) => follow(log, p, app, stop.signal, write))).catch(end)
}

async function follow(
  log: Log,
  partition: number,
  app: string,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  let { end: at } = await log.bounds('assay.events', partition)
  while (!signal.aborted) {
    await log.wait('assay.events', partition, at, signal)
    const records = await log.read('assay.events', partition, at, { records: 1000, bytes: 1024 * 1024 })
    for (const record of records) {
      if (signal.aborted) return
      if (appOfKey(record.key) === app) write(record.value.toString())
      at = record.offset + 1
    }
  }
}

import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Result } from './clickhouse-engine.js'

/** ClickHouse's HTTP status of an error code; that of any other is 500. */
const statuses: [number, number[]][] = [
  [400, [6, 8, 15, 25, 26, 27, 36, 38, 41, 44, 53, 62, 72, 117, 167, 168, 321, 376, 427]],
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 81, 115, 511]],
  [408, [159]],
  [501, [48]],
  [503, [76, 209, 439]],
]

export function sendError(response: ServerResponse, error: Error): void {
  // Too late for a status, or nobody listens: a cut connection says that something is missing.
  if (response.headersSent || response.destroyed) return void response.destroy()
  const message = messageOf(error)
  const code = Number(/^Code: (\d+)/.exec(message)![1])
  response.statusCode = statuses.find(([, codes]) => codes.includes(code))?.[0] ?? 500
  response.setHeader('X-ClickHouse-Exception-Code', code)
  response.end(`${message}\n`)
}

/** Everything that leaves the server as an error starts with a code; what the engine did not word is LOGICAL_ERROR. */
function messageOf({ message }: Error): string {
  return /^Code: \d+\. /.test(message) ? message : `Code: 49. DB::Exception: ${message} (LOGICAL_ERROR)`
}

export async function sendResult(
  response: ServerResponse,
  params: ReadonlyMap<string, string>,
  { format, chunks }: Result,
): Promise<void> {
  const started = performance.now()
  const alive = keepAlive(response, params)
  const ready = await begin(chunks, params.get('wait_end_of_query') === '1').finally(() => clearInterval(alive))
  const tag = randomBytes(8).toString('hex')
  response.setHeader('X-ClickHouse-Format', format)
  response.setHeader('X-ClickHouse-Exception-Tag', tag)
  response.setHeader('X-ClickHouse-Summary', summary(performance.now() - started))
  const body = Readable.from(rest(ready, chunks, tag))
  const accepted = String(response.req.headers['accept-encoding'])
  if (params.get('enable_http_compression') !== '1' || !accepted.includes('gzip')) return pipeline(body, response)
  response.setHeader('Content-Encoding', 'gzip')
  await pipeline(body, createGzip(), response)
}

/** What must be there before an answer begins: one block, so that most errors get a status of their own, or all. */
async function begin(chunks: AsyncGenerator<Uint8Array>, whole: boolean): Promise<Uint8Array[]> {
  const ready: Uint8Array[] = []
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    ready.push(next.value)
    if (!whole) break
  }
  return ready
}

/** An error in the middle of a result ends it with ClickHouse's exception block. */
async function* rest(ready: Uint8Array[], chunks: AsyncGenerator<Uint8Array>, tag: string) {
  yield* ready
  try {
    yield* chunks
  } catch (error) {
    const message = `${messageOf(error as Error)}\n`
    const length = Buffer.byteLength(message)
    yield Buffer.from(`\r\n__exception__\r\n${tag}\r\n${message}${length} ${tag}\r\n__exception__\r\n`)
  }
}

/** Signs of life while a statement runs: interim answers, where ClickHouse sends its headers one by one. */
function keepAlive(response: ServerResponse, params: ReadonlyMap<string, string>): NodeJS.Timeout | undefined {
  if (params.get('send_progress_in_http_headers') !== '1') return undefined
  const interval = Number(params.get('http_headers_progress_interval_ms') ?? 100)
  return setInterval(() => response.writeProcessing(), interval)
}

function summary(elapsed: number): string {
  const zero = { read_rows: '0', read_bytes: '0', written_rows: '0', written_bytes: '0', total_rows_to_read: '0' }
  return JSON.stringify({ ...zero, result_rows: '0', result_bytes: '0', elapsed_ns: String(Math.round(elapsed * 1e6)) })
}

import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { type Data, Engine, type Statement } from './clickhouse-engine.js'
import { sendError, sendResult } from './clickhouse-reply.js'

export interface ServerOptions {
  /** The engine's data directory. */
  path: string
  /** Where the bodies of requests lie while they are read; in the data directory if not given. */
  bodies?: string
  user: string
  password: string
  /** A configuration file of ClickHouse's. */
  config?: string
  /** In PEM. */
  tls?: { key: string; cert: string }
}

/** Parameters of a request that are no settings. */
const reserved = new Set(['query', 'query_id', 'database', 'default_format', 'wait_end_of_query', 'buffer_size'])

/** An error of the server's own, in the engine's words. */
class Refusal extends Error {
  constructor(code: number, name: string, detail: string) {
    super(`Code: ${code}. DB::Exception: ${detail} (${name})`)
  }
}

/** ClickHouse's HTTP interface over the embedded engine, as far as `@clickhouse/client` uses it. */
export function clickHouseHttp(options: ServerOptions): Server {
  const { path, bodies = join(path, 'bodies'), user, password, config, tls } = options
  const engine = new Engine(path, config)
  mkdirSync(bodies, { recursive: true })
  const running = new Set<string>()
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://server')
    if (url.pathname === '/ping') return void response.end('Ok.\n')
    authenticate(request, user, password)
    const params = new Map([...url.searchParams, ...(await formFields(request))])
    const id = params.get('query_id') ?? randomUUID()
    if (running.has(id)) {
      throw new Refusal(216, 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', `Query with id = ${id} is already running.`)
    }
    running.add(id)
    const data = dataOf(request, params, bodies)
    try {
      response.setHeader('X-ClickHouse-Query-Id', id)
      await sendResult(response, params, engine.execute(await statementOf(request, params, data)))
    } finally {
      running.delete(id)
      if (data !== null) await rm(data.file, { force: true })
    }
  }
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response).catch((error: Error) => sendError(response, error))
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.keepAliveTimeout = 10_000
  return server.on('close', () => engine.close())
}

function authenticate({ headers }: IncomingMessage, user: string, password: string): void {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1]
  const given =
    basic === undefined
      ? `${headers['x-clickhouse-user'] ?? 'default'}:${headers['x-clickhouse-key'] ?? ''}`
      : Buffer.from(basic, 'base64').toString()
  if (given === `${user}:${password}`) return
  const name = given.split(':')[0]
  throw new Refusal(516, 'AUTHENTICATION_FAILED', `${name}: Authentication failed: password is incorrect.`)
}

/** Fields of a form in the body: where the client puts parameters that are too long for an address. */
async function formFields(request: IncomingMessage): Promise<[string, string][]> {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return []
  const form = await new Response(await buffer(request), { headers: { 'content-type': type } }).formData()
  return [...form].map(([name, value]) => [name, String(value)])
}

const encodingOf = ({ headers }: IncomingMessage) => headers['content-encoding'] ?? 'none'

/** Where the body goes if it is what an INSERT in the address reads. */
function dataOf(request: IncomingMessage, params: ReadonlyMap<string, string>, bodies: string): Data | null {
  if (!/^\s*INSERT\b/i.test(params.get('query') ?? '')) return null
  return { file: join(bodies, randomUUID()), encoding: encodingOf(request) }
}

async function statementOf(
  request: IncomingMessage,
  params: ReadonlyMap<string, string>,
  data: Data | null,
): Promise<Statement> {
  if (data !== null) await pipeline(request, createWriteStream(data.file))
  return {
    sql: params.get('query') ?? (await textOf(request, encodingOf(request))),
    data,
    database: params.get('database') ?? null,
    format: params.get('default_format') ?? 'TabSeparated',
    settings: [...params].filter(([name]) => !reserved.has(name)),
  }
}

async function textOf(request: IncomingMessage, encoding: string): Promise<string> {
  const body = await buffer(request)
  return (encoding === 'gzip' ? gunzipSync(body) : body).toString()
}

import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import { type AskedSession, analystOf } from './analyst.js'
import { answeredRows } from './lane.js'
import { analystSettings, exportSettings, READ_ONLY } from './settings.js'
import { quote } from './sql.js'
import type { Analyst, Exports, Params } from './store.js'

/** Milliseconds between tries to stop a query, which may not have begun at the first. */
const KILL_AGAIN = 500

/**
 * Connections of the embedded engine for one answer each: none waits for another, and settings and parameters end with
 * it. Answers go by way of files, which the engine fills as it computes, so that they may be of any size.
 */
export class ChdbSessions {
  readonly #connect: () => ClickHouseClient
  readonly #database: string
  readonly #folder: string
  readonly #running = new Set<Promise<unknown>>()

  constructor(connect: () => ClickHouseClient, database: string, folder: string) {
    this.#connect = connect
    this.#database = database
    this.#folder = folder
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }

  readonly exports: Exports = {
    bytes: (sql, format, { params, signal } = {}) =>
      this.#within(exportSettings, signal, (session) => session.bytes(sql, format, params)),
  }

  // Parameters are set, not sent along with a query, which would queue behind every other that has some.
  readonly analyst = (): Analyst =>
    analystOf(this.#database, (params, signal, ask) =>
      this.#within({ ...analystSettings, ...parameterSettings(params), ...READ_ONLY }, signal, ask),
    )

  /** Once all have ended: a connection must not go while its query runs. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  #within(
    settings: ClickHouseSettings,
    signal: AbortSignal | undefined,
    ask: (session: EmbeddedSession) => Promise<Readable>,
  ): Promise<Readable> {
    const answer = this.#run(settings, signal, ask)
    this.#running.add(answer)
    return answer.finally(() => this.#running.delete(answer))
  }

  async #run(
    settings: ClickHouseSettings,
    signal: AbortSignal | undefined,
    ask: (session: EmbeddedSession) => Promise<Readable>,
  ): Promise<Readable> {
    const client = this.#connect()
    const id = randomUUID()
    const release = this.#killOn(signal, id)
    try {
      await client.command({ query: `USE ${this.#database}` })
      for (const [name, value] of Object.entries({ log_comment: id, ...settings }))
        await client.command({ query: `SET ${name} = ${quote(String(value))}` })
      return await ask(sessionOf(client, join(this.#folder, id), signal))
    } finally {
      release()
      await client.close()
    }
  }

  /** Stops what bears this comment once nobody waits for it. Gives what ends that. */
  #killOn(signal: AbortSignal | undefined, comment: string): () => void {
    let again: NodeJS.Timeout | undefined
    const kill = async () => {
      const client = this.#connect()
      const query = `KILL QUERY WHERE Settings['log_comment'] = ${quote(comment)} ASYNC`
      await client.command({ query }).catch(() => {})
      await client.close()
    }
    const begin = () => {
      again = setInterval(kill, KILL_AGAIN)
      kill()
    }
    signal?.addEventListener('abort', begin, { once: true })
    return () => {
      signal?.removeEventListener('abort', begin)
      clearInterval(again)
    }
  }
}

interface EmbeddedSession extends AskedSession {
  bytes(sql: string, format: string, params?: Params): Promise<Readable>
}

function sessionOf(client: ClickHouseClient, file: string, signal: AbortSignal | undefined): EmbeddedSession {
  return {
    rows<Row>(query: string) {
      signal?.throwIfAborted()
      return answeredRows<Row>(client, query)
    },
    async bytes(sql, format, params) {
      signal?.throwIfAborted()
      const query = `${sql} INTO OUTFILE ${quote(file)} FORMAT ${format}`
      try {
        await client.command({ query, ...(params !== undefined && { query_params: params }) })
        const answer = await open(file)
        return answer.createReadStream()
      } finally {
        // Its bytes stay until the answer is closed.
        await rm(file, { force: true })
      }
    },
  }
}

/** Parameters as settings of a connection, in the escapes in which these are read. */
function parameterSettings(params: Record<string, string>): ClickHouseSettings {
  const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\0': '\\0' }
  const escaped = (text: string) => text.replaceAll(/[\\\t\n\0]/g, (c) => escapes[c]!)
  return Object.fromEntries(Object.entries(params).map(([name, text]) => [`param_${name}`, escaped(text)]))
}

import { Session } from 'chdb'

/** What an INSERT reads: the body of its request, as it came. */
export interface Data {
  file: string
  /** As `Content-Encoding` names it, or `none`. */
  encoding: string
}

export interface Statement {
  sql: string
  database: string | null
  /** Settings and `param_NAME`s. */
  settings: readonly (readonly [string, string])[]
  /** Of results whose statement names none. */
  format: string
  data: Data | null
}

export interface Result {
  format: string
  chunks: AsyncGenerator<Uint8Array>
}

/** ClickHouse in this process, until it is closed. */
export class Engine {
  readonly #path: string
  /** Without any connection the engine would stop. */
  readonly #first: Session
  /** Connections whose last statement was a read that ended well, by the database and the settings they have. */
  readonly #idle = new Map<string, Session[]>()

  /** @param config a configuration file of ClickHouse's, for users or clusters */
  constructor(path: string, config?: string) {
    this.#path = path
    this.#first = new Session(path, config === undefined ? {} : { connectionArgs: [`--config-file=${config}`] })
  }

  execute(statement: Statement): Result {
    const format = formatOf(statement.sql) ?? statement.format
    return { format, chunks: this.#run(statement, format) }
  }

  close(): void {
    for (const session of [this.#first, ...[...this.#idle.values()].flat()]) session.close()
  }

  /** On a connection that no other statement has meanwhile, and none with other settings had before. */
  async *#run(statement: Statement, format: string): AsyncGenerator<Uint8Array> {
    const kind = JSON.stringify([statement.database, statement.settings])
    const session = this.#idle.get(kind)?.pop() ?? (await this.#connect(statement))
    let reusable = false
    try {
      yield* execute(session, statement, format)
      reusable = isPlainRead(statement)
    } finally {
      if (reusable) this.#idle.set(kind, [...(this.#idle.get(kind) ?? []), session])
      else session.close()
    }
  }

  async #connect({ database, settings }: Statement): Promise<Session> {
    const session = new Session(this.#path)
    try {
      if (database !== null) await session.queryAsync(`USE ${database}`)
      const set = settings.map(([name, value]) => `${name} = ${literal(value)}`)
      if (set.length > 0) await session.queryAsync(`SET ${set.join(', ')}`)
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }
}

async function* execute(session: Session, { sql, data }: Statement, format: string): AsyncGenerator<Uint8Array> {
  if (data !== null) await session.queryAsync(reading(sql, data))
  else if (byRow.has(format) && isRead(sql)) {
    for await (const chunk of session.queryStream(sql, { format })) yield chunk.raw()
  } else yield (await session.queryAsync(sql, { format })).bytes()
}

const isRead = (sql: string) => /^\s*(SELECT|WITH)\b/i.test(sql)

/** One that others like it are to be expected of, so that a connection is worth keeping: it costs 3 ms. */
const isPlainRead = ({ sql, settings }: Statement) =>
  isRead(sql) && !settings.some(([name]) => name.startsWith('param_'))

/** Formats whose blocks the engine may write one by one. */
const byRow = new Set(['JSONEachRow', 'JSONCompactEachRow', 'TabSeparated', 'CSV'])

function literal(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

function formatOf(sql: string): string | undefined {
  return /\bFORMAT\s+(\w+)\s*$/i.exec(sql)?.[1]
}

/**
 * An INSERT with its data in a file. The embedded engine takes no stream, and its `input()` silently reads nothing from
 * data behind the statement; `file()` and `INFILE` go the same way through decompression, parser and pipeline.
 */
function reading(sql: string, { file, encoding }: Data): string {
  const input = /\binput\s*\(\s*('(?:[^'\\]|\\.)*')\s*\)/i.exec(sql)
  const end = /\s*(\bSETTINGS\s.*)?\bFORMAT\s+(\w+)\s*$/is
  if (input === null) {
    const infile = `FROM INFILE ${literal(file)} COMPRESSION ${literal(encoding)}`
    return sql.replace(end, (_, settings = '', format) => ` ${infile} ${settings} FORMAT ${format}`)
  }
  const source = `file(${literal(file)}, ${formatOf(sql)}, ${input[1]}, ${literal(encoding)})`
  return sql.replace(input[0], () => source).replace(end, (_, settings = '') => ` ${settings}`)
}

import type { Readable } from 'node:stream'
import type { Dialect } from './dialect.js'

/** The store port: ClickHouse, in process (chDB) or a server, always through `@clickhouse/client`. */

export type Params = Record<string, unknown>

/** One connection's worth of queries. An embedded engine serialises the queries of a lane, so each stage has its own. */
export interface Lane {
  /** A statement without a result (DDL, INSERT … SELECT). */
  command(sql: string, params?: Params): Promise<void>
  /** Rows of a SELECT. What a caller was given travels as `{name:Type}` parameters; moments alone are quoted (`sql.ts`). */
  query<Row>(sql: string, params?: Params): Promise<Row[]>
  /** Takes pieces of NDJSON for an insert to come. Once it resolves their memory may be used again. */
  stage(lines: readonly Uint8Array[]): Promise<Staged>
  /** Stages and inserts at once. */
  insertLines(table: string, lines: readonly Uint8Array[], token: string, guard?: string): Promise<void>
}

/** Rows handed over but not inserted. */
export interface Staged {
  /**
   * Inserts them as one block, exactly once for a `token` while the deduplication window lasts. All tables fed by views
   * receive their part of the same insert, and none if `guard`, a condition in SQL, throws. To be called once, also when
   * it fails.
   */
  insert(table: string, token: string, guard?: string): Promise<void>
}

/** How bytes of rows are written: names of the engine's. */
export type RowFormat = 'CSVWithNames' | 'JSONEachRow' | 'JSONCompact' | 'Parquet' | 'ArrowStream'

/** What goes out as bytes, of any size. */
export interface Exports {
  /**
   * The rows of a SELECT. Resolves once the whole is there, so that it is complete or an error; memory stays flat, the
   * bytes wait on disk. What was given from outside is quoted where the query is long: parameters queue process-wide.
   */
  bytes(sql: string, format: RowFormat, options?: { params?: Params; signal?: AbortSignal }): Promise<Readable>
}

/** Questions of people, in SQL: one SELECT of the tables that are shown, within limits. */
export interface Analyst {
  /** @throws AssayError `sql-invalid`, `sql-forbidden`, `query-too-large`, `store-unavailable`, `shutting-down` */
  ask(sql: string, params: Record<string, string>, format: RowFormat, signal: AbortSignal): Promise<Readable>
}

export interface Store {
  /** Whether other processes may write to it. */
  readonly shared: boolean
  /** How its tables are made. */
  readonly dialect: Dialect
  /** The aggregator's inserts. */
  readonly write: Lane
  /** Long computations: moments, and a copy of their history. */
  readonly compute: Lane
  /** Short reads for people and proxies. */
  readonly read: Lane
  /** Reads of millions of rows: none waits for another, and no other lane for them. */
  readonly exports: Exports
  /** Null unless the store was opened for it. */
  readonly analyst: Analyst | null
  close(): Promise<void>
}

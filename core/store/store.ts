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
  close(): Promise<void>
}

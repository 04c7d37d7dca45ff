import type { ClickHouseSettings } from '@clickhouse/client'
import type { Dialect } from './dialect.js'
import { READ_ONLY, serverAnalystSettings, serverExportSettings } from './settings.js'
import { quote } from './sql.js'
import { shownTables } from './sql-guard.js'

/** What a user of the server may do. */
export interface Rights {
  user: string
  /** What follows GRANT. */
  grants: readonly string[]
  settings: ClickHouseSettings
}

/** The aggregator's: it makes, fills, exchanges and drops tables of its own database, and nothing else. */
export function writerRights(d: Dialect): Rights {
  const own = 'SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, ALTER DELETE'
  // Statements for the whole cluster, and tables that show other servers' rows, are rights of their own.
  const wide = d.on === '' ? [] : ['CLUSTER ON *.*', 'REMOTE ON *.*']
  return {
    user: 'assay_writer',
    grants: [...databasesOf(d).map((name) => `${own} ON ${name}.*`), ...wide],
    settings: {},
  }
}

/**
 * The query API's. A user who is `readonly = 1` may change no setting; one that is sent as it stands is no change. So
 * the user has what reads and exports send.
 */
export function readerRights(d: Dialect): Rights {
  return {
    user: 'assay_reader',
    grants: databasesOf(d).map((name) => `SELECT ON ${name}.*`),
    settings: { ...serverExportSettings(d), ...READ_ONLY },
  }
}

/** Whose questions in SQL are: the tables that are shown, within limits that nobody can change. */
export function analystRights(d: Dialect): Rights {
  return {
    user: 'assay_analyst',
    grants: databasesOf(d).flatMap((name) => shownTables.map((table) => `SELECT ON ${name}.${table}`)),
    settings: serverAnalystSettings(d),
  }
}

/** Makes a user with these rights alone, or gives one these rights and this password instead. */
export function createUser(d: Dialect, { user, grants, settings }: Rights, password: string): string[] {
  const set = Object.entries(settings).map(([name, value]) => `${name} = ${literal(value)}`)
  return [
    `CREATE USER OR REPLACE ${user}${d.on} IDENTIFIED WITH sha256_password BY ${quote(password)}${
      set.length === 0 ? '' : ` SETTINGS ${set.join(', ')}`
    }`,
    ...grants.map((grant) => `GRANT${d.on} ${grant} TO ${user}`),
  ]
}

/** Numbers as they are. */
const literal = (value: unknown) => (/^\d+$/.test(String(value)) ? String(value) : quote(String(value)))

function databasesOf(d: Dialect): string[] {
  return [...new Set([d.database, d.readers])]
}

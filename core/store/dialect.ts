/** How the tables of a store are worded: for one server, or for each server of a cluster. */
export interface Dialect {
  /** The cluster's name, or a macro for it; null for one server. */
  readonly cluster: string | null
  /** Where the tables are. */
  readonly database: string
  /** Where readers and computations look: on a cluster at all shards, as if they were one. */
  readonly readers: string
  /** Follows the name of what is made, dropped or exchanged. */
  readonly on: string
  /** The engine of a table whose rows each shard has for itself. */
  sharded(engine: string): string
  /** The engine of a table that is the same on every server. */
  everywhere(engine: string, ...options: string[]): string
  /** The engine of a table that shows all shards' rows of a table; null where there is only one shard. */
  distributed(table: string): string | null
  /** As table settings: for how many inserts, and how long, a token is remembered. */
  readonly tokens: string
}

export function oneServer(database: string): Dialect {
  return {
    cluster: null,
    database,
    readers: database,
    on: '',
    sharded: (engine) => engine,
    everywhere: (engine, ...options) => `${engine}(${options.join(', ')})`,
    distributed: () => null,
    tokens: 'non_replicated_deduplication_window = 1000',
  }
}

/**
 * Every server of the cluster has macros `shard` and `replica`. Shards get their rows from the log's partitions, which
 * are of users; a `Distributed` table has no key to spread rows by, so the engine refuses an insert that would pass the
 * partition's shard by. Paths in the keeper are of a table's UUID, so that tables can be exchanged.
 */
export function cluster(name: string, database: string): Dialect {
  const replicated = (engine: string, ...options: string[]) => `Replicated${engine}(${options.join(', ')})`
  return {
    cluster: name,
    database,
    readers: `${database}_all`,
    on: ` ON CLUSTER '${name}'`,
    sharded: (engine) => replicated(engine, "'/clickhouse/tables/{uuid}/{shard}'", "'{replica}'"),
    everywhere: (engine, ...options) =>
      replicated(engine, "'/clickhouse/tables/{uuid}'", "'{shard}-{replica}'", ...options),
    distributed: (table) => `Distributed('${name}', ${database}, ${table})`,
    tokens: 'replicated_deduplication_window = 1000, replicated_deduplication_window_seconds = 604800',
  }
}

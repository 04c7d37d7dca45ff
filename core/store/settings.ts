import type { ClickHouseSettings } from '@clickhouse/client'
import type { Dialect } from './dialect.js'

/** What each lane asks of the engine, whichever engine it is. */

const common: ClickHouseSettings = {
  // Counts fit a double; quoted they would need a cast at every reader.
  output_format_json_quote_64bit_integers: 0,
}

/** A batch becomes one block, and one part a table, whatever its size: only then can a repeat be recognised whole. */
export const writeSettings: ClickHouseSettings = {
  ...common,
  async_insert: 0,
  // By their token: of inserts that select, whatever their order, too. Servers before 26.3 left those out.
  deduplicate_insert: 'enable',
  deduplicate_insert_select: 'enable_even_for_bad_queries',
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_block_size: '4000000',
  max_insert_block_size: '4000000',
  min_insert_block_size_rows: '4000000',
  min_insert_block_size_bytes: '0',
  min_insert_block_size_rows_for_materialized_views: '4000000',
  min_insert_block_size_bytes_for_materialized_views: '0',
  group_by_two_level_threshold: '0',
  group_by_two_level_threshold_bytes: '0',
  parallel_view_processing: 1,
  max_insert_threads: '1',
  min_chunk_bytes_for_parallel_parsing: '2000000',
}

/** Long computations spill to disk rather than take the machine's memory. */
export const computeSettings: ClickHouseSettings = {
  ...common,
  // A hundred thousand keys are faster looked up than searched for in the primary key.
  use_index_for_in_with_subqueries: 0,
  // They name the tests that are computed.
  max_query_size: '10000000',
  max_memory_usage: '1000000000',
  max_bytes_before_external_group_by: '300000000',
  max_bytes_before_external_sort: '300000000',
}

/** Text for spreadsheets and people as others write it. */
const textFormats: ClickHouseSettings = {
  date_time_output_format: 'iso',
  output_format_csv_crlf_end_of_line: 1,
  format_csv_null_representation: '',
  // Readers in JavaScript take no other.
  output_format_arrow_compression_method: 'none',
}

export const readSettings: ClickHouseSettings = { ...common, ...textFormats }

/** Signs of life from a server at work, so that its silence means that it is gone, however long a statement takes. */
export const signsOfLife: ClickHouseSettings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '10000',
}

/** Seconds after which nobody waits for a read any more, which stops it; */
export const READ_SECONDS = 30
/** after which the engine stops an export. */
export const EXPORT_SECONDS = 600

/** A server notices that nobody waits any more only if it is told to look. */
const untilGone: ClickHouseSettings = { cancel_http_readonly_queries_on_client_close: 1 }

/** What reads ask of a server: not the time they may take, which a user who may only read can have but once. */
export function serverReadSettings(d: Dialect): ClickHouseSettings {
  return { ...readSettings, ...acrossShards(d), ...untilGone }
}

/** What exports ask of it. A user who may only read must have the same. */
export function serverExportSettings(d: Dialect): ClickHouseSettings {
  return { ...serverReadSettings(d), max_execution_time: EXPORT_SECONDS }
}

/** Tables beside the distributed ones are of one server: joins and `IN` take their rows along to the shards. */
export function acrossShards(d: Dialect): ClickHouseSettings {
  return d.readers === d.database ? {} : { prefer_global_in_and_join: 1 }
}

/** Of the embedded engine. It joins in the order of the tables, and by way of the disk: so memory does not grow with users. */
export const exportSettings: ClickHouseSettings = {
  ...computeSettings,
  ...readSettings,
  join_algorithm: 'full_sorting_merge',
  max_threads: 1,
  max_execution_time: EXPORT_SECONDS,
}

/** The limits of a question in SQL. What passes one fails: nothing is ever cut off. */
export const analystSettings: ClickHouseSettings = {
  ...textFormats,
  // Hashes of users would lose digits.
  output_format_json_quote_64bit_integers: 1,
  output_format_write_statistics: 0,
  max_execution_time: 10,
  max_memory_usage: '500000000',
  max_rows_to_read: '1000000000',
  max_result_rows: '1000000',
  max_result_bytes: '100000000',
  max_threads: 2,
}

/** Sent last, since it forbids to change any setting. */
export const READ_ONLY: ClickHouseSettings = { readonly: '1' }

export function serverAnalystSettings(d: Dialect): ClickHouseSettings {
  return { ...analystSettings, ...acrossShards(d), ...untilGone, ...READ_ONLY }
}

import { expect, test } from 'vitest'
import { analystRights, createUser, readerRights, writerRights } from './access.js'
import { cluster, oneServer } from './dialect.js'

test('users of one server have rights on its database alone', () => {
  const d = oneServer('assay')
  expect(createUser(d, writerRights(d), 'it’s')).toEqual([
    "CREATE USER OR REPLACE assay_writer IDENTIFIED WITH sha256_password BY 'it’s'",
    'GRANT SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, ALTER DELETE ON assay.* TO assay_writer',
  ])
  expect(createUser(d, readerRights(d), "a'\\b")).toEqual([
    "CREATE USER OR REPLACE assay_reader IDENTIFIED WITH sha256_password BY 'a\\'\\\\b' SETTINGS output_format_json_quote_64bit_integers = 0, date_time_output_format = 'iso', output_format_csv_crlf_end_of_line = 1, format_csv_null_representation = '', output_format_arrow_compression_method = 'none', cancel_http_readonly_queries_on_client_close = 1, max_execution_time = 600, readonly = 1",
    'GRANT SELECT ON assay.* TO assay_reader',
  ])
})

test('an analyst reads the tables that are shown, within limits that cannot be changed', () => {
  const d = oneServer('assay')
  const [user, ...grants] = createUser(d, analystRights(d), 'x')
  expect(user).toMatch(/max_execution_time = 10, .*max_result_rows = 1000000, .*readonly = 1$/)
  expect(grants).toEqual(
    ['events', 'bucket_rollup', 'exposures', 'facts', 'imports', 'moments'].map(
      (table) => `GRANT SELECT ON assay.${table} TO assay_analyst`,
    ),
  )
})

test('users of a cluster have them on both databases, on every server', () => {
  const d = cluster('main', 'assay')
  expect(createUser(d, writerRights(d), 'x').slice(1)).toEqual([
    "GRANT ON CLUSTER 'main' SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, ALTER DELETE ON assay.* TO assay_writer",
    "GRANT ON CLUSTER 'main' SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, ALTER DELETE ON assay_all.* TO assay_writer",
    "GRANT ON CLUSTER 'main' CLUSTER ON *.* TO assay_writer",
    "GRANT ON CLUSTER 'main' REMOTE ON *.* TO assay_writer",
  ])
  expect(createUser(d, readerRights(d), 'x')).toEqual([
    "CREATE USER OR REPLACE assay_reader ON CLUSTER 'main' IDENTIFIED WITH sha256_password BY 'x' SETTINGS output_format_json_quote_64bit_integers = 0, date_time_output_format = 'iso', output_format_csv_crlf_end_of_line = 1, format_csv_null_representation = '', output_format_arrow_compression_method = 'none', prefer_global_in_and_join = 1, cancel_http_readonly_queries_on_client_close = 1, max_execution_time = 600, readonly = 1",
    "GRANT ON CLUSTER 'main' SELECT ON assay.* TO assay_reader",
    "GRANT ON CLUSTER 'main' SELECT ON assay_all.* TO assay_reader",
  ])
})

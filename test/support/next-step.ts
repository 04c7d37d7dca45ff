import { type Migration, migrations } from '@assay/core/store/migrations'

const released = migrations.length

/** A step that a next version may bring: columns of tables there are, and a rollup of its own with its view. */
export const nextStep: Migration = {
  version: released + 1,
  name: 'next',
  statements: ({ on, sharded }) => [
    `ALTER TABLE events${on} ADD COLUMN IF NOT EXISTS country LowCardinality(String)`,
    `ALTER TABLE bucket_rollup${on} ADD COLUMN IF NOT EXISTS longest SimpleAggregateFunction(max, Float64)`,
    `CREATE TABLE IF NOT EXISTS per_app${on} (app String, n SimpleAggregateFunction(sum, UInt64))
     ENGINE = ${sharded('AggregatingMergeTree')} ORDER BY app`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS per_app_view${on} TO per_app
     AS SELECT app, count() AS n FROM inbox WHERE app != '' GROUP BY app`,
  ],
}

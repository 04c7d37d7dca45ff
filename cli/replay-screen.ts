import type { ReplayToSummary } from './replay-to.js'
import { count, paint, shellWord } from './style.js'

export const replayHelp = `
Asks the server, which builds new tables beside those in use and exchanges them
when they have caught up. Cut off, it goes on where it was when run again.

With --to and --into it builds what there was then, and leaves the live tables
alone. Where log and tables are in a data directory it makes another one. With
KAFKA_BROKERS and CLICKHOUSE_URL it fills a database of that server itself,
without any of Assay's, and goes on where it was when run again.

Examples:
  $ assay replay
  $ assay replay --to 2026-11-01T12:00:00Z --into ./then
  $ assay up --data ./then --port 4700

  $ assay replay --to 2026-11-01T12:00:00Z --into then
  $ CLICKHOUSE_DATABASE=then assay query-api --port 4700`

export function replayScreen(records: number): string {
  return `${count(records)} records replayed; the rebuilt tables are in use.`
}

/** What a replay to an instant leaves on the screen. */
export function replayToScreen({ into, kind, records }: ReplayToSummary): string {
  const next =
    kind === 'database' ? `CLICKHOUSE_DATABASE=${into} assay query-api` : `assay up --data ${shellWord(into)}`
  return [`${paint('green', '✓')} ${count(records)} records in ${into}`, `  Next: ${paint('bold', next)}`].join('\n')
}

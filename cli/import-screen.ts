import type { ImportSummary } from './import.js'
import { count, paint, shellWord } from './style.js'

/** What an import leaves on the screen. */
export function importScreen({ app, test, rows, users, events, alreadyCounted, seconds }: ImportSummary): string {
  const people = users === null ? 'more than a million users' : `${count(users)} users`
  const known = alreadyCounted === 0 ? '' : `, ${count(alreadyCounted)} of them counted by an earlier run`
  const pace = `${seconds.toFixed(1)} s, ${count(Math.round(rows / Math.max(0.001, seconds)))} rows/s`
  return [
    `${paint('green', '✓')} ${count(rows)} rows of ${people}   ${paint('dim', pace)}`,
    `  ${count(events)} events, each counted once${known}`,
    `  Next: ${paint('bold', `assay results ${shellWord(app)} ${shellWord(test)}`)}`,
  ].join('\n')
}

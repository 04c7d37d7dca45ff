import { count, paint, shellWord } from '../style.js'
import type { ImportSummary } from './import.js'

/** What an import leaves on the screen. */
export function importScreen(summary: ImportSummary): string {
  const { app, tests, rows, users, events, repeats, alreadyCounted, seconds } = summary
  const people = users === null ? 'more than a million users' : `${count(users)} users`
  const known = alreadyCounted === 0 ? '' : `, ${count(alreadyCounted)} of them counted by an earlier run`
  const pace = `${seconds.toFixed(1)} s, ${count(Math.round(rows / Math.max(0.001, seconds)))} rows/s`
  const [test] = tests
  const next =
    test === undefined ? `assay tail ${shellWord(app)}` : `assay results ${shellWord(app)} ${shellWord(test)}`
  return [
    `${paint('green', '✓')} ${count(rows)} rows of ${people}   ${paint('dim', pace)}`,
    `  ${count(events)} events, each counted once${known}`,
    ...(repeats === 0 ? [] : [`  ${count(repeats)} rows left out, whose id came before in the file`]),
    `  Next: ${paint('bold', next)}${tests.length > 1 ? ` (of ${count(tests.length)} tests)` : ''}`,
  ].join('\n')
}

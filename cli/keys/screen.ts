import type { AppKeys, KeyKind, Keys } from '@assay/core/keys'
import { paint, plain } from '../style.js'
import { kindsOf } from './change.js'

const uses: Record<KeyKind, string> = {
  write: 'send its events; public by design',
  read: 'ask for its results',
  admin: 'everything else of it',
}
const TAKEN = 'Servers that read this file take it in seconds; see docs/configuration.md.'

/** Which keys there are, by app; what they are is not told. */
export function keysList({ apps = {}, ...all }: Keys): string {
  const rows = [['all apps', kindsOf(all)] as const, ...sorted(apps).map(([app, own]) => [app, kindsOf(own)] as const)]
  const width = Math.max(...rows.map(([app]) => app.length))
  const lines = rows.map(([app, kinds]) => `${plain(app).padEnd(width)}  ${kinds.join(' ')}`)
  return [paint('dim', `${'app'.padEnd(width)}  keys`), ...lines].join('\n')
}

export const sorted = (apps: NonNullable<Keys['apps']>) => Object.entries(apps).sort(([a], [b]) => (a < b ? -1 : 1))

/** The keys that were made, which are shown this once. */
export function keysAdded(app: string, made: AppKeys, file: string): string {
  const lines = kindsOf(made).map((kind) => `  ${kind.padEnd(6)} ${made[kind]}  ${paint('dim', uses[kind])}`)
  return [
    `Keys of ${paint('bold', plain(app))}, shown this once and kept in ${file}:`,
    ...lines,
    paint('dim', TAKEN),
  ].join('\n')
}

export function keysRemoved(app: string, gone: readonly KeyKind[], file: string): string {
  const what = `${gone.join(', ')} ${gone.length === 1 ? 'key' : 'keys'} of ${paint('bold', plain(app))}`
  return [`${paint('green', '✓')} ${what} removed from ${file}`, paint('dim', TAKEN)].join('\n')
}

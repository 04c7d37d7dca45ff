import { paint, plain, short, wrap } from './style.js'

interface Change {
  version: number
  at: string
  by: string
  why?: string | undefined
  what: string
}

/** Of who it was: the admin key, or the controller. */
const SHORT = 5
const LONG = 10
const WIDTH = 80

/** Changes, the oldest first: which, when, by whom, what and why. */
export function historyTable(title: string, changes: readonly Change[]): string {
  const who = changes.some(({ by }) => by.length > SHORT) ? LONG : SHORT
  const column = 32 + who
  const width = WIDTH - column
  const head = paint('dim', `version  when (UTC)           ${'by'.padEnd(who)}  what`)
  const lines = changes.flatMap(({ version, at, by, why, what }) => {
    const [first = '', ...more] = wrap(plain(what), width)
    const reasons = why === undefined ? [] : wrap(plain(why), width).map((line) => paint('dim', line))
    const when = at.slice(0, 19).replace('T', ' ')
    const start = `${String(version).padStart(7)}  ${when}  ${short(by, who).padEnd(who)}  `
    return [start + first, ...[...more, ...reasons].map((line) => ' '.repeat(column) + line)]
  })
  return [title, head, ...lines].join('\n')
}

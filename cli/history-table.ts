import { paint, plain, short, wrap } from './style.js'

interface Change {
  version: number
  at: string
  by: string
  why?: string | undefined
  what: string
}

/** The column in which it is told what was changed, and how wide it is. */
const COLUMN = 37
const WIDTH = 43

/** Changes, the oldest first: which, when, by whom, what and why. */
export function historyTable(title: string, changes: readonly Change[]): string {
  const head = paint('dim', 'version  when (UTC)           by     what')
  const lines = changes.flatMap(({ version, at, by, why, what }) => {
    const [first = '', ...more] = wrap(plain(what), WIDTH)
    const reasons = why === undefined ? [] : wrap(plain(why), WIDTH).map((line) => paint('dim', line))
    const when = at.slice(0, 19).replace('T', ' ')
    const start = `${String(version).padStart(7)}  ${when}  ${short(by, 5).padEnd(5)}  `
    return [start + first, ...[...more, ...reasons].map((line) => ' '.repeat(COLUMN) + line)]
  })
  return [title, head, ...lines].join('\n')
}

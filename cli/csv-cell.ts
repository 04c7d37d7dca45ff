/** How a column's cells become values: numbers that are summed, or a yes that is a conversion. */
export const kinds = ['sum', 'conversion'] as const
export type MetricKind = (typeof kinds)[number]

const YES = new Set(['true', '1', 'yes', 'y', 't'])
const NO = new Set(['', 'false', '0', 'no', 'n', 'f'])
/** Plain decimals only: `Number` would also take 0x10 and turn 1e999 into Infinity. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** What ingest takes. */
const MAGNITUDE = 1e100

/** The value of a cell: 0 where it means no event, null where it is not of this kind. */
export function readCell(kind: MetricKind, cell: string): number | null {
  const text = cell.trim()
  if (kind === 'sum') return text === '' ? 0 : readNumber(text)
  const word = text.toLowerCase()
  return YES.has(word) ? 1 : NO.has(word) ? 0 : null
}

function readNumber(text: string): number | null {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  return Math.abs(value) <= MAGNITUDE ? value : null
}

const DATE = /^\d{4}-\d\d-\d\d$/
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i
/** From 2001 on in milliseconds; shorter numbers are seconds. */
const MILLISECONDS = /^\d{12,15}$/

/** Unix milliseconds, or null. A time without a zone is UTC, so that a file means the same on every machine. */
export function readTime(cell: string): number | null {
  const text = cell.trim()
  if (MILLISECONDS.test(text)) return Number(text)
  const [, , , zone] = DATE_TIME.exec(text) ?? []
  if (!DATE.test(text) && !DATE_TIME.test(text)) return null
  const iso = text.replace(' ', 'T')
  const time = Date.parse(DATE.test(text) || zone !== undefined ? iso : `${iso}Z`)
  return Number.isNaN(time) || time < 0 ? null : time
}

import type { RowFormat } from '@assay/core/store/store'
import { z } from 'zod'

/** The forms in which rows go out beside JSON: their names, what they are on the web, and what the engine calls them. */
export const formats = {
  csv: { type: 'text/csv', engine: 'CSVWithNames' },
  ndjson: { type: 'application/x-ndjson', engine: 'JSONEachRow' },
  parquet: { type: 'application/vnd.apache.parquet', engine: 'Parquet' },
  arrow: { type: 'application/vnd.apache.arrow.stream', engine: 'ArrowStream' },
} as const satisfies Record<string, { type: string; engine: RowFormat }>

export type RowsFormat = keyof typeof formats
export type Format = 'json' | RowsFormat

const rowsFormats = Object.keys(formats) as RowsFormat[]
const names = ['json', ...rowsFormats] as const
const EXPECTED = `expected one of ${names.join(', ')}`

export const formatParameter = z
  .enum(names, EXPECTED)
  .optional()
  .describe('In which form; else the one that Accept likes best, else json. See docs/export.md.')

/** The form asked for: by name, or as the type that `Accept` likes best of those there are. JSON if it likes none. */
export function formatOf(asked: Format | undefined, accept: string | undefined): Format {
  if (asked !== undefined) return asked
  const liked = (accept ?? '').split(',').map((range, place) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const q = Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1)
    return { format: formatByType(type!), q, place }
  })
  const best = liked.filter((l) => l.format !== undefined && l.q > 0).sort((a, b) => b.q - a.q || a.place - b.place)
  return best[0]?.format ?? 'json'
}

function formatByType(type: string): Format | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json'
  return rowsFormats.find((format) => formats[format].type === type)
}

/** What the document says of an answer in any of the forms: rows but for JSON. */
export function inFormats<Schema extends z.ZodType>(json: Schema) {
  const rows = Object.fromEntries(rowsFormats.map((format) => [formats[format].type, { schema: z.string() }]))
  return {
    description: 'JSON, or rows in the form asked for.',
    content: { 'application/json': { schema: json }, ...(rows as Record<string, { schema: z.ZodString }>) },
  }
}

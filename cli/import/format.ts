import { CommandError, exit } from '../failure.js'

export const formats = ['csv', 'tsv', 'ndjson', 'parquet'] as const
export type Format = (typeof formats)[number]

/** The format that a file's name tells. @throws CommandError if it tells none */
export function formatOf(path: string): Format {
  const [, extension = ''] = /\.(\w+?)(?:\.gz)?$/i.exec(path) ?? []
  const name = extension.toLowerCase()
  const format = formats.find((f) => f === (name === 'jsonl' ? 'ndjson' : name))
  if (format !== undefined) return format
  throw new CommandError(
    `Expected .csv, .tsv, .ndjson, .jsonl or .parquet, or the first four with .gz; got ${path}.`,
    'Say what it is with --format.',
    exit.usage,
  )
}

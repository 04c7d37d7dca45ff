import { openCsv } from './csv.js'
import type { InputFile } from './file.js'
import type { Format } from './format.js'
import { openNdjson } from './ndjson.js'
import type { OnChunk } from './text.js'

/** One row of a file, whatever its format. */
export interface Row {
  /** Counts the rows of data from 1. */
  row: number
  /** In formats that have lines, the one on which the row ends, as an editor counts. */
  line?: number
  /** As the format has them: texts of CSV, values of JSON and of Parquet. */
  values: Record<string, unknown>
  /** Why there are no values. */
  fault?: { expected: string; got: string }
}

/** Rows of a file. */
export interface Table {
  /** What the format calls a part of a row. */
  part: 'column' | 'field'
  /** Names of all columns, or null where each row has its own. */
  columns: readonly string[] | null
  /**
   * Streams the rows, from the first one each time.
   * @param wanted columns to read, where a format can leave out others
   * @throws CommandError for a file that cannot be read on
   */
  rows(wanted: readonly string[], onChunk?: OnChunk): AsyncIterable<Row>
}

const opening: Record<Format, (file: InputFile) => Promise<Table>> = {
  csv: (file) => openCsv(file),
  tsv: (file) => openCsv(file, '\t'),
  ndjson: async (file) => openNdjson(file),
  // Loaded for Parquet alone: its decompressors take a while.
  parquet: async (file) => (await import('./parquet.js')).openParquet(file),
}

export function openTable(file: InputFile, format: Format): Promise<Table> {
  return opening[format](file)
}

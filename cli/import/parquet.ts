import { isUtf8 } from 'node:buffer'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type ParquetRow,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet'
import { compressors as others } from 'hyparquet-compressors'
import { CommandError } from '../failure.js'
import { decimalText } from './decimal.js'
import type { InputFile } from './file.js'
import type { Row, Table } from './table.js'
import type { OnChunk } from './text.js'

/**
 * Rows that are in memory at a time; of a row group, the packed bytes of the wanted columns as well. Columns of few values
 * often have pages of a million rows, and each slice unpacks its pages again: a quarter of it took twice as long.
 */
const SLICE = 65_536

const compressors: Compressors = {
  ...others,
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
}

/** Bytes that are no UTF-8 stay bytes, so that they are refused by the number of their row. */
const textOrBytes = (bytes: Uint8Array) => (bytes !== undefined && isUtf8(bytes) ? utf8(bytes) : bytes)
const utf8 = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length).toString()

const options = {
  compressors,
  useOffsetIndex: true,
  geoparquet: false,
  utf8: false,
  parsers: { stringFromBytes: textOrBytes, jsonFromBytes: textOrBytes },
}

interface Opened {
  input: InputFile
  file: AsyncBuffer
  metadata: FileMetaData
  /** Columns of decimals, with the digits behind the point. */
  decimals: Map<string, number>
}

/** Columns are known from the end of the file; rows are read a slice of a row group at a time. */
export async function openParquet(input: InputFile): Promise<Table> {
  const { slice, size } = input
  const file: AsyncBuffer = { byteLength: size, slice: (start, end = size) => slice(start, end) }
  try {
    const metadata = await parquetMetadataAsync(file, options)
    const top = parquetSchema(metadata).children
    const opened = { input, file, metadata, decimals: rawDecimals(top) }
    return {
      part: 'column',
      columns: top.flatMap(paths),
      rows: (wanted, onChunk) => rowsOf(opened, wanted, onChunk),
    }
  } catch (error) {
    throw explain(error, input)
  }
}

/** A column and what is nested in it, by dotted path. */
function paths({ path, children, element }: SchemaTree): string[] {
  const nested = element.converted_type === undefined && element.logical_type === undefined
  return [path.join('.'), ...(nested ? children.flatMap(paths) : [])]
}

/** Leaves decimals as they are stored: the library makes floats of them, and an id of 38 digits is often a decimal. */
function rawDecimals(columns: readonly SchemaTree[]): Map<string, number> {
  const decimals = new Map<string, number>()
  for (const { element } of columns) {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') continue
    decimals.set(element.name, element.scale ?? 0)
    delete element.converted_type
    delete element.logical_type
  }
  return decimals
}

async function* rowsOf(opened: Opened, wanted: readonly string[], onChunk?: OnChunk): AsyncGenerator<Row> {
  const { input, metadata } = opened
  const columns = topLevel(opened, wanted)
  if (onChunk !== undefined) for await (const chunk of input.chunks()) onChunk(chunk)
  input.at = 0
  let row = 0
  for (const [rowStart, rowEnd] of slicesOf(metadata)) {
    for (const values of await readRows(opened, columns, rowStart, rowEnd)) yield { row: ++row, values }
    input.at = input.size * (row / Number(metadata.num_rows))
  }
}

function topLevel({ metadata }: Opened, wanted: readonly string[]): string[] {
  const names = parquetSchema(metadata).children.map((c) => c.element.name)
  return names.filter((name) => wanted.some((path) => path === name || path.startsWith(`${name}.`)))
}

/** Never across row groups, of which two would be in memory. */
function* slicesOf({ row_groups }: FileMetaData): Generator<[number, number]> {
  let start = 0
  for (const { num_rows } of row_groups) {
    const end = start + Number(num_rows)
    for (; start < end; start = Math.min(end, start + SLICE)) yield [start, Math.min(end, start + SLICE)]
  }
}

async function readRows(opened: Opened, columns: string[], rowStart: number, rowEnd: number): Promise<ParquetRow[]> {
  const { input, file, metadata, decimals } = opened
  try {
    const rows = await parquetReadObjects({ ...options, file, metadata, columns, rowStart, rowEnd })
    if (rows.length !== rowEnd - rowStart)
      throw new Error(`${rows.length} of rows ${rowStart + 1} to ${rowEnd} are there`)
    for (const name of columns) {
      const scale = decimals.get(name)
      if (scale !== undefined) for (const row of rows) row[name] = decimalText(row[name], scale)
    }
    return rows
  } catch (error) {
    throw explain(error, input)
  }
}

function explain(error: unknown, { name }: InputFile): CommandError {
  return new CommandError(`Expected Parquet in ${name}; ${(error as Error).message}.`, 'Write the file again.')
}

import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CommandError } from '../failure.js'
import type { InputFile } from './file.js'

/** Told each piece of a file's content once, in order. */
export type OnChunk = (chunk: Uint8Array) => void

/** The text of a file, piece by piece, unpacked where it is gzip. @throws CommandError for what is no UTF-8 */
export async function* textOf(file: InputFile, onChunk?: OnChunk): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const packed = await isGzip(file)
  const content = packed ? pipeline(Readable.from(file.chunks()), createGunzip(), () => {}) : file.chunks()
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      onChunk?.(chunk)
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, file)
  }
}

/** By its first bytes: names of files lie. */
async function isGzip(file: InputFile): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, Math.min(2, file.size)))
  return first === 0x1f && second === 0x8b
}

function explain(error: NodeJS.ErrnoException, { name }: InputFile): unknown {
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new CommandError(`Expected UTF-8 in ${name}; it has other bytes.`, 'Save it as UTF-8.')
  return /^Z_/.test(error.code ?? '')
    ? new CommandError(`Expected whole gzip in ${name}; ${error.message}.`, 'Pack it again.')
    : error
}

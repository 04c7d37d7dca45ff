import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs'
import { pipeline as pump } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { FileDigest } from './manifest.js'

/** A new file that only its owner may read, on the disk when this resolves. */
const ownFile = { flags: 'wx', mode: 0o600, flush: true } as const

type Bytes = AsyncIterable<Uint8Array>

function digest() {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    async *measure(source: Bytes) {
      for await (const some of source) {
        hash.update(some)
        bytes += some.length
        yield some
      }
    },
    result: (): FileDigest => ({ bytes, sha256: hash.digest('hex') }),
  }
}

export function writePlain(path: string, text: string): FileDigest {
  writeFileSync(path, text, ownFile)
  return { bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') }
}

export async function writeZipped(path: string, source: Bytes): Promise<FileDigest> {
  const { measure, result } = digest()
  // The fastest level: the next ones take up to three times as long for a tenth less.
  await pipeline(source, createGzip({ level: 1 }), measure, createWriteStream(path, ownFile))
  return result()
}

export async function* readZipped(path: string): AsyncGenerator<Uint8Array> {
  const unzipped = createGunzip()
  // What goes wrong in the file comes out of the last stream.
  pump(createReadStream(path), unzipped, () => {})
  yield* unzipped
}

export async function digestOf(path: string, onBytes: (count: number) => void): Promise<FileDigest> {
  const { measure, result } = digest()
  for await (const some of measure(createReadStream(path))) onBytes(some.length)
  return result()
}

import { AssayError } from '@assay/core/errors'

/** Pieces on their way through a stream, which cuts anywhere: each with its length in front, four bytes, lowest first. */
const LENGTH = 4

export function framed(pieces: readonly Buffer[]): Buffer {
  return Buffer.concat(
    pieces.flatMap((piece) => {
      const length = Buffer.alloc(LENGTH)
      length.writeUInt32LE(piece.length)
      return [length, piece]
    }),
  )
}

/** The pieces again, as many at once as have come. @throws AssayError `backup-damaged` where the last one is cut short. */
export async function* unframed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[]> {
  let held: Uint8Array[] = []
  let size = 0
  let wanted = LENGTH
  for await (const some of bytes) {
    held.push(some)
    size += some.length
    if (size < wanted) continue
    const pieces: Buffer[] = []
    let rest = Buffer.concat(held)
    for (wanted = frameLength(rest); rest.length >= wanted; wanted = frameLength(rest)) {
      pieces.push(rest.subarray(LENGTH, wanted))
      rest = rest.subarray(wanted)
    }
    held = [rest]
    size = rest.length
    if (pieces.length > 0) yield pieces
  }
  if (size > 0) throw new AssayError('backup-damaged', `Expected ${wanted - size} more bytes of a piece; none came.`)
}

/** Of the frame that starts here, as far as that can be seen. */
function frameLength(bytes: Buffer): number {
  return bytes.length < LENGTH ? LENGTH : LENGTH + bytes.readUInt32LE(0)
}

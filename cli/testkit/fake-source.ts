import { createKeys } from '@assay/core/keys'
import { encodeChunk } from '@assay/core/log/chunk'
import { framed } from '../backup/frames.js'
import type { Part } from '../backup/origin.js'
import type { Source } from '../backup/source.js'

/** Three events, a record of each other topic, and a line of history. */
export function fakeSource(): Source {
  const chunk = (...ids: string[]) =>
    encodeChunk(ids.map((id) => ({ app: 'shop', user: 'ann', id, received: 1, value: `{"id":"${id}"}` })))
  const pieces: Record<Part, Buffer[]> = {
    moments: [Buffer.from('{"app":"shop"}\n')],
    'assay.quarantine': [chunk('q')],
    'assay.control': [chunk('c')],
    'assay.events': [chunk('a', 'b'), chunk('c')],
  }
  return {
    about: { keys: createKeys(), idWindow: 250_000, records: 5 },
    frames: async (part) =>
      (async function* () {
        yield framed(pieces[part])
      })(),
    close: async () => {},
  }
}

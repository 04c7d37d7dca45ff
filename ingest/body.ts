import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip as gunzipCallback } from 'node:zlib'
import { AssayError } from '@assay/core/errors'

const gunzip = promisify(gunzipCallback)

export type Encoding = 'gzip' | undefined

/** Browsers may say it in the query (`?encoding=gzip`), where the header would cost them a preflight. */
export function encodingOf(header: string | undefined, query: unknown): Encoding {
  const { encoding } = (query ?? {}) as { encoding?: unknown }
  const asked = [header?.toLowerCase(), encoding].filter((e) => e !== undefined && e !== '')
  if (asked.every((e) => e === 'gzip')) return asked.length > 0 ? 'gzip' : undefined
  throw new AssayError('encoding-unsupported', 'Expected the encoding gzip or none; another came.')
}

/** Gives up as soon as the output passes the limit, so that a bomb costs no more memory than an honest body. */
export async function decompress(body: Buffer, limit: number): Promise<Buffer> {
  try {
    return await gunzip(body, { maxOutputLength: limit })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new AssayError('body-too-large', `Expected at most ${limit} bytes after decompression; more came.`, {
        cause,
      })
    }
    throw new AssayError('body-not-gzip', 'Expected a gzip stream, as the request says; got something else.', {
      cause,
    })
  }
}

/** The JSON in a body. Messages name a position and never quote: the parser's own words would show what was sent. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) throw new AssayError('body-empty', 'Expected JSON; the body has no bytes.')
  if (!isUtf8(body)) throw new AssayError('body-not-utf8', 'Expected UTF-8; the body holds other bytes.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    const at = cause instanceof Error ? /at position \d+/.exec(cause.message)?.[0] : undefined
    throw new AssayError('body-not-json', `Expected JSON; the text breaks off or errs ${at ?? 'somewhere'}.`, { cause })
  }
}

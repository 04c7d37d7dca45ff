import { text } from 'node:stream/consumers'
import type { Ask } from '@assay/moments/study'
import type { LongReads } from '../export/long-reads.js'

/** Long questions of few rows: none holds up the short reads. @throws AssayError as `LongReads` does */
export const askOf =
  (reads: LongReads, signal?: AbortSignal): Ask =>
  async <Row>(sql: string) => {
    const bytes = await reads.bytes(sql, 'JSONEachRow', signal && { signal })
    const lines = (await text(bytes)).split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Row)
  }

import { nanoid } from 'nanoid'
import { ndjson } from './ndjson.js'
import { quote } from './sql.js'
import type { Store } from './store.js'

/**
 * The snapshots of moments. They say what was known when, so no replay brings them back: of all tables, only these are
 * copied. In pieces of a day of a test, as lines of JSON.
 */
export async function* readHistory({ compute }: Store): AsyncGenerator<Buffer[]> {
  const days = await compute.query<{ app: string; test: string; day: string }>(
    'SELECT DISTINCT app, test, toDate(as_of) AS day FROM moments ORDER BY ALL',
  )
  for (const { app, test, day } of days) {
    const ofDay = `app = ${quote(app)} AND test = ${quote(test)} AND toDate(as_of) = ${quote(day)}`
    yield [ndjson(await compute.query<object>(`SELECT * FROM moments WHERE ${ofDay}`))]
  }
}

/** Each insert makes a part, and the engine minds many small ones. */
const INSERT_BYTES = 8 * 1024 * 1024

/** Puts back what `readHistory` gave. */
export async function writeHistory(store: Store, pieces: AsyncIterable<Buffer[]>): Promise<void> {
  let lines: Buffer[] = []
  let bytes = 0
  const insert = async () => {
    if (bytes > 0) await store.write.insertLines('moments', lines, nanoid())
    lines = []
    bytes = 0
  }
  for await (const some of pieces) {
    lines.push(...some)
    bytes += some.reduce((sum, piece) => sum + piece.length, 0)
    if (bytes >= INSERT_BYTES) await insert()
  }
  await insert()
}

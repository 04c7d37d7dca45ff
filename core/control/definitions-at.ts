import type { Log } from '../log/log.js'
import { Definitions } from './definitions.js'
import { parseRecord, TOPIC } from './record.js'

const PORTION = { records: 1000, bytes: 1024 * 1024 }

/** What was defined at a time, by what the log holds now. */
export async function definitionsAt(log: Log, time: number): Promise<Definitions> {
  const definitions = new Definitions()
  const { start, end } = await log.bounds(TOPIC, 0)
  for (let at = start; at < end; ) {
    const logged = await log.read(TOPIC, 0, at, PORTION)
    for (const record of logged.map(parseRecord)) if (record !== null && record.at <= time) definitions.apply(record)
    at = (logged.at(-1)?.offset ?? end) + 1
  }
  return definitions
}

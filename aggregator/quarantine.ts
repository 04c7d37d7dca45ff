import { type Log, type LogRecord, payload } from '@assay/core/log/log'
import { PROBE } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { isLine, toLines } from './lines.js'

/** Records of a refused batch the store would take, and those it would not, with the engine's reason. */
export interface Sifted {
  good: LogRecord[]
  bad: { record: LogRecord; reason: string }[]
}

/** Finds by bisection the records the store refuses; about log2(n) probes for each. */
export async function sift(store: Store, records: readonly LogRecord[]): Promise<Sifted> {
  const framed = records.filter(isLine)
  const bad: Sifted['bad'] = records
    .filter((r) => !isLine(r))
    .map((record) => ({ record, reason: 'not one line of JSON' }))
  const refused = await bisect(store, framed)
  const offsets = new Set(refused.map((r) => r.record.offset))
  return { good: framed.filter((r) => !offsets.has(r.offset)), bad: [...bad, ...refused] }
}

async function bisect(store: Store, records: LogRecord[]): Promise<Sifted['bad']> {
  const reason = await refusal(store, records)
  if (reason === null) return []
  if (records.length === 1) return [{ record: records[0]!, reason }]
  const middle = records.length >> 1
  return [...(await bisect(store, records.slice(0, middle))), ...(await bisect(store, records.slice(middle)))]
}

/** The engine's complaint about these records, or null. */
async function refusal(store: Store, records: LogRecord[]): Promise<string | null> {
  if (records.length === 0) return null
  try {
    await store.write.insertLines(PROBE, toLines(records, 0), '')
    return null
  } catch (error) {
    if (!isDataError(error)) throw error
    return (error as Error).message
  }
}

/** ClickHouse's codes for rows it cannot read or that break a constraint; everything else is the store's own trouble. */
const DATA_ERRORS = new Set([6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 130, 131, 349, 469, 636])

function isDataError(error: unknown): boolean {
  return DATA_ERRORS.has(Number((error as { code?: string }).code))
}

/** Keeps refused records, with where they stood and why, in the quarantine topic. */
export async function quarantine(log: Log, partition: number, bad: Sifted['bad'], now: number): Promise<void> {
  if (bad.length === 0) return
  await log.append(
    'assay.quarantine',
    bad.map(({ record, reason }) => ({
      app: record.app,
      user: '',
      id: `assay.events/${partition}/${record.offset}`,
      received: now,
      value: JSON.stringify({
        partition,
        offset: record.offset,
        id: record.id,
        reason: reason.slice(0, 500),
        value: payload(record).toString('base64'),
      }),
    })),
  )
}

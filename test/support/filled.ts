import { join } from 'node:path'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openDataDirectory } from 'assay/data-directory'
import { entry } from './entry.js'

const HOUR = 3_600_000

/** A data directory with this many events, some of them twice, and one record that no table takes. */
export async function filled(data: string, count: number): Promise<void> {
  openDataDirectory(data)
  const log = openLmdbLog(join(data, 'log'))
  const received = Date.now() - HOUR
  for (let i = 0; i < count; i += 1000) {
    const ids = Array.from({ length: Math.min(1000, count - i) }, (_, j) => i + j)
    const rows = ids.map((n) => ({
      id: `seed-${n % 10 === 9 ? n - 1 : n}`,
      user: `u${n % 500}`,
      event: ['$exposure', 'view', 'buy'][n % 3]!,
      value: n % 7,
      tests: { checkout: n % 2 ? 'a' : 'b' },
      props: { page: `/products/${(n * 7919) % 100_003}`, session: `${Math.random()}` },
      received,
      time: received,
    }))
    await log.append('assay.events', rows.map(entry))
  }
  await log.append('assay.events', [{ ...entry({ id: 'bad' }), value: 'what?' }])
  await log.close()
}

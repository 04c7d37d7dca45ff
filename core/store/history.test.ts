import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openChdbStore } from './chdb.js'
import { readHistory, writeHistory } from './history.js'
import { migrate } from './migrate.js'

const all = 'SELECT * FROM moments FINAL ORDER BY ALL'

test('snapshots come back to the last bit, whatever the names and days', async () => {
  const path = mkdtempSync(join(tmpdir(), 'assay-history-'))
  const store = await openChdbStore(path)
  onTestFinished(async () => {
    await store.close()
    rmSync(path, { recursive: true, force: true })
  })
  await migrate(store)
  await store.write.command(`
    INSERT INTO moments (app, test, as_of, event, branch, users, converted, mean, m2, sum, crossover, inferred)
     SELECT ['shop', 'a\\'b"\\n\\u2028'][1 + number % 2], ['t', '{x:String}'][1 + number % 3 % 2],
      toDateTime64('2026-05-13 23:00:00.123', 3, 'UTC') + 60 * number, 'buy', 'a', number, 1, rand64() / 7e9, number / 3,
      ifNotFinite(reinterpretAsFloat64(rand64(1)), 1), 0, 0
    FROM numbers(3000)`)
  const before = await store.read.query(all)
  const copied: Buffer[][] = []
  for await (const pieces of readHistory(store)) copied.push(pieces)
  await store.write.command('TRUNCATE TABLE moments')
  await writeHistory(
    store,
    (async function* () {
      yield* copied
    })(),
  )
  const after = await store.read.query(all)
  expect(before).toHaveLength(3000)
  expect(after).toEqual(before)
})

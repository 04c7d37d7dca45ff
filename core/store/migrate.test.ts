import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openChdbStore } from './chdb.js'
import { schema } from './ddl.js'
import { oneServer } from './dialect.js'
import { checksum, migrate } from './migrate.js'
import { type Migration, migrations } from './migrations.js'
import type { Store } from './store.js'

let path: string
let store: Store
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'assay-migrate-'))
  store = await openChdbStore(path)
})
afterEach(async () => {
  await store.close()
  rmSync(path, { recursive: true, force: true })
})

const recorded = () => store.read.query('SELECT version, name, checksum FROM schema_version ORDER BY ALL')
const second: Migration = {
  version: 2,
  name: 'notes',
  statements: () => ['CREATE TABLE IF NOT EXISTS notes (text String) ENGINE = Memory'],
}

/** Never edit a step that was released: stores that have it refuse the edited one. Add another step. */
test.each([[1, 'e7b1b36fde20c001']])('step %i is what it was when it was released', (version, expected) => {
  const step = migrations.find((m) => m.version === version)!
  expect(checksum(step, oneServer('assay'))).toBe(expected)
})

test('steps are numbered from 1', () => {
  expect(migrations.map((m) => m.version)).toEqual(migrations.map((_, i) => i + 1))
})

test('a new store has each step once, however often it is migrated', async () => {
  await migrate(store)
  await migrate(store)
  const [step] = migrations
  expect(await recorded()).toEqual([{ version: 1, name: 'tables', checksum: checksum(step!, store.dialect) }])
})

test('a store of before there were steps keeps all it has', async () => {
  for (const statement of schema(store.dialect)) await store.write.command(statement)
  await store.write.command("INSERT INTO events (id, app, user, event) VALUES ('1', 'shop', 'ann', 'view')")
  await migrate(store)
  expect(await store.read.query('SELECT id FROM events')).toEqual([{ id: '1' }])
  expect(await recorded()).toHaveLength(1)
})

test('only the steps that are missing are done', async () => {
  await migrate(store)
  await store.write.command('DROP TABLE probe')
  await migrate(store, [...migrations, second])
  expect(await store.read.query("SELECT name FROM system.tables WHERE name IN ('notes', 'probe')")).toEqual([
    { name: 'notes' },
  ])
})

test('a step that fails half-way is done again from its start', async () => {
  const broken: Migration = { ...second, statements: () => [...second.statements(store.dialect), 'SELECT nonsense'] }
  await expect(migrate(store, [...migrations, broken])).rejects.toMatchObject({ code: '47' })
  await migrate(store, [...migrations, second])
  expect(await recorded()).toHaveLength(2)
})

test('a store that a newer version made is refused', async () => {
  await migrate(store, [...migrations, second])
  await expect(migrate(store)).rejects.toMatchObject({
    code: 'schema-newer',
    message: 'Expected a schema of version 1 at the most; it has 2.',
  })
})

test('a store where a step was another one is refused', async () => {
  await migrate(store, [...migrations, second])
  const edited: Migration = { ...second, statements: () => ['SELECT 1'] }
  await expect(migrate(store, [...migrations, edited])).rejects.toMatchObject({
    code: 'schema-changed',
    message: expect.stringMatching(/^Expected step 2 \(notes\) with checksum \w{16}; the store had one with \w{16}\.$/),
  })
})

import { createHash } from 'node:crypto'
import { AssayError } from '../errors.js'
import type { Dialect } from './dialect.js'
import { type Migration, migrations } from './migrations.js'
import type { Store } from './store.js'

interface Applied {
  version: number
  checksum: string
}

const versions = (d: Dialect) => `
  CREATE TABLE IF NOT EXISTS schema_version${d.on} (
    version UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC')
  ) ENGINE = ${d.everywhere('MergeTree')} ORDER BY version`

/**
 * Brings a store to the current schema. The engine has no locks: processes that start at once may each do and record a
 * step, which is the same as one of them doing it.
 * @throws AssayError `schema-newer`, `schema-changed`
 */
export async function migrate({ write, dialect }: Store, steps = migrations): Promise<void> {
  await write.command(versions(dialect))
  const applied = await write.query<Applied>('SELECT DISTINCT version, checksum FROM schema_version')
  refuseForeign(applied, dialect, steps)
  for (const step of steps) {
    if (applied.some((a) => a.version === step.version)) continue
    for (const statement of step.statements(dialect)) await write.command(statement)
    await write.command(
      `INSERT INTO schema_version
       SELECT {version:UInt32}, {name:String}, {checksum:String}, now64(3)`,
      { version: step.version, name: step.name, checksum: checksum(step, dialect) },
    )
  }
}

/** Of what a step says, however it is laid out. */
export function checksum({ statements }: Migration, dialect: Dialect): string {
  const text = statements(dialect).join(';').replaceAll(/\s+/g, ' ')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** A store that went another way must not be written to: what the tables mean may differ. */
function refuseForeign(applied: readonly Applied[], dialect: Dialect, steps: readonly Migration[]): void {
  const newest = steps.at(-1)!.version
  for (const { version, checksum: found } of applied) {
    const step = steps.find((s) => s.version === version)
    if (step === undefined) {
      throw new AssayError('schema-newer', `Expected a schema of version ${newest} at the most; it has ${version}.`)
    }
    const expected = checksum(step, dialect)
    if (found !== expected) {
      throw new AssayError(
        'schema-changed',
        `Expected step ${version} (${step.name}) with checksum ${expected}; the store had one with ${found}.`,
      )
    }
  }
}

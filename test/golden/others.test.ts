import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const golden = join(root, '../shared/golden/statistics.json')

/** Ids, and starts of ids that end in _, in the tests of stats. */
function named(): string[] {
  const tests = readdirSync(join(root, 'stats'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(root, 'stats', file), 'utf8'))
  return tests.flatMap((text) => text.match(/\b(gb|cs|sp|ph|ssrm)_[\w.-]*/g) ?? [])
}

test.skipIf(!existsSync(golden))(
  'each of the other engines’ cases (../shared/golden) is held by a test or left out for a reason in docs/statistics.md',
  () => {
    const [held, docs] = [named(), readFileSync(join(root, 'docs/statistics.md'), 'utf8')]
    const cases: { id: string }[] = JSON.parse(readFileSync(golden, 'utf8'))
    const open = cases
      .map(({ id }) => id)
      .filter((id) => !held.some((name) => name === id || (name.endsWith('_') && id.startsWith(name))))
    expect(open.filter((id) => !docs.includes(`\`${id}\``))).toEqual([])
  },
)

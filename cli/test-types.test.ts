import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { testCommands } from './test-commands.js'
import { typesOf } from './test-types.js'
import { fakeTests } from './testkit/fake-tests.js'
import { capturePrinted } from './testkit/printed.js'
import { tempFiles } from './testkit/temp.js'

const printed = capturePrinted()
const definitions: Record<string, string[]> = { search: ['old', 'new'], checkout: ['master', 'one-page'] }
const listed = (testId: string, stage?: string) => ({
  testId,
  ...(stage && { stage }),
  branches: ['seen', 'elsewhere'],
})

async function run(...args: string[]) {
  const { url, key, asked } = await fakeTests((_, what) => {
    const testId = /tests\/(\w+)\/definition/.exec(what)?.[1]
    if (testId) return { body: { testId, definition: { branches: definitions[testId]!.map((name) => ({ name })) } } }
    const tests = [listed('search', 'draft'), listed('checkout', 'running'), listed('gone', 'archived'), listed('seen')]
    return { body: { app: 'shop', tests } }
  })
  const program = new Command().exitOverride()
  testCommands(program)
  await program.parseAsync(['test', 'types', 'shop', ...args, '--url', url, '--key', key], { from: 'user' })
  return asked.map(({ what }) => what)
}

const text = `// Made by: assay test types shop
export {}

declare module '@assay/sdk' {
  interface TestBranches {
    checkout: 'master' | 'one-page'
    search: 'old' | 'new' | 'master'
  }
}
`

test('the tests that are defined and not archived are declared, each with its branches and the fallback', async () => {
  const tests = '/v1/apps/shop/tests'
  expect(await run()).toEqual([`GET ${tests}`, `GET ${tests}/search/definition`, `GET ${tests}/checkout/definition`])
  expect(printed.out).toBe(text)
})

test('into a file, over what it was', async () => {
  const file = join(tempFiles({ 'tests.d.ts': 'old' }), 'tests.d.ts')
  await run('--out', file)
  expect([readFileSync(file, 'utf8'), printed.out]).toEqual([text, `${file}   2 tests\n`])
})

test('with another fallback, and as JSON', async () => {
  await run('--fallback', 'one-page')
  expect(printed.out).toContain("    search: 'old' | 'new' | 'one-page'\n")
  printed.out = ''
  await run('--json')
  expect(JSON.parse(printed.out)).toEqual({ app: 'shop', tests: definitions })
})

test('names that are no words are quoted so that nothing of them is code', () => {
  const odd = { 'a-b': ["it's", 'x\\', 'y\nz'], "'": ['\u2028'] }
  expect(typesOf('a b', odd, 'm')).toContain(`    "'": "\u2028" | 'm'
    'a-b': "it's" | "x\\\\" | "y\\nz" | 'm'
`)
})

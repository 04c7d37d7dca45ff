import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { typesOf } from 'assay/test-types'
import { beforeAll, expect, test } from 'vitest'
import { typescriptBinary } from '../support/npm-binary.js'
import { packSdk } from '../support/packed.js'
import { makeTempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const declared = typesOf('shop', { checkout: ['master', 'short'], 'search-2': ['new'] }, 'master')

const page = `import { createBareClient, type Client, type BranchOf, type TestId, type Visitor } from '@assay/sdk'
import { Branch, useBranch } from '@assay/sdk/react'
import { visit } from '@assay/sdk/server'
import { createElement as h } from 'react'

export function whatCompiles(client: Client, visitor: Visitor, request: never, response: never) {
  const branch: 'master' | 'short' = client.assign('checkout')
  const all: Record<BranchOf<'search-2'>, number> = { master: 1, new: 2 }
  const count: number = all[client.peek('search-2')]
  const explained: 'master' | 'short' | undefined = client.explain('checkout')?.branch
  client.force('checkout', 'short')
  client.force('checkout', null)
  const shown: 'master' | 'short' = useBranch('checkout')
  h(Branch<'checkout'>, { test: 'checkout', of: { master: 1, short: 2 } })
  const ids: TestId[] = ['checkout', 'search-2']
  const onServer: 'master' | 'new' = visit(client, request, response).assign('search-2')
  const bare: 'master' | 'short' = createBareClient(null!).assign('checkout')
  return [branch, count, explained, shown, ids, onServer, bare, visitor.assign(ids[0]!)]
}

export function whatMustNot(client: Client, visitor: Visitor, request: never, response: never, text: string) {
  // @ts-expect-error no such test
  client.assign('chekcout')
  // @ts-expect-error any text is no test
  client.peek(text)
  // @ts-expect-error nor is it to be explained
  client.explain('chekcout')
  // @ts-expect-error no such branch
  if (client.assign('checkout') === 'long') return
  // @ts-expect-error a branch of another test
  const branch: 'new' = client.assign('checkout')
  // @ts-expect-error a branch of another test
  client.force('checkout', 'new')
  // @ts-expect-error no such test
  useBranch('chekcout')
  // @ts-expect-error no such branch
  if (useBranch('checkout') === 'long') return
  // @ts-expect-error no such branch
  h(Branch<'checkout'>, { test: 'checkout', of: { long: 1 } })
  // @ts-expect-error no such test
  visitor.assign('chekcout')
  // @ts-expect-error nor for a request
  visit(client, request, response).assign('chekcout')
  return branch
}
`

const undeclared = `import type { BranchOf, Client, TestId } from '@assay/sdk'
import { useBranch } from '@assay/sdk/react'

export function whatCompiles(client: Client, id: TestId, text: string) {
  const branches: string[] = [client.assign(text), client.peek(id), useBranch(text)]
  const found: BranchOf<'any'> = text
  client.force(text, text)
  return [branches, found]
}
`

const options = (module: string, moduleResolution: string) => ({
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2023', 'dom'],
  module,
  moduleResolution,
  skipLibCheck: true,
  types: [],
})

/** An empty folder with the package as it is published, and the types of React. */
let folder: string
beforeAll(() => {
  const { path, remove } = makeTempDir()
  folder = path
  packSdk(folder)
  for (const name of ['react', '@types/react']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return remove
})

const now = async () => join(root, 'node_modules/typescript/bin/tsc')
const oldest = () => typescriptBinary('5.0.4')

/** What a compiler has against these files of an app. */
function errorsOf(tsc: string, compilerOptions: object, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }))
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout
}

test.each([
  ['this compiler', 'esnext', 'bundler', now],
  ['this compiler', 'nodenext', 'nodenext', now],
  ['the oldest that it promises', 'nodenext', 'nodenext', oldest],
])(
  'by %s, %s: tests that are declared are typed in every entry; undeclared they are texts',
  async (_, module, how, compiler) => {
    const tsc = await compiler()
    expect(errorsOf(tsc, options(module, how), { 'tests.d.ts': declared, 'page.ts': page })).toBe('')
    expect(errorsOf(tsc, options(module, how), { 'undeclared.ts': undeclared })).toBe('')
  },
  120_000,
)

test('without the declaration what must not compile does', async () => {
  expect(errorsOf(await now(), options('esnext', 'bundler'), { 'page.ts': page })).toContain('TS2578')
}, 60_000)

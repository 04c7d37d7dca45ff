import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wireEvent } from '@assay/core/event'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/sdk/science.md'), 'utf8')
/** Each block of the page is a module whose first line names its file. */
const modules = Object.fromEntries(
  [...page.matchAll(/^```ts\n\/\/ ([\w-]+\.ts)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]),
)

/** A folder of the page's modules, in which packages are found as in this one. */
function written(): string {
  const folder = tempDir()
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, code] of Object.entries(modules)) writeFileSync(join(folder, name), code)
  return folder
}

/** Takes what is sent, and says it line by line. */
const server = `globalThis.fetch = async (_, { body }) => {
  const { events } = JSON.parse(await new Response(body).text())
  for (const event of events) console.log(JSON.stringify(event))
  return Response.json({ accepted: events.length, rejected: [] }, { status: 202 })
}`

async function built(): Promise<string> {
  const folder = written()
  const own = Object.keys(modules).map((name) => join(folder, name))
  await build({
    entryPoints: [...own, join(root, 'sdk/science/thread.ts')],
    entryNames: '[name]',
    outdir: join(folder, 'out'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['assay-source'],
  })
  writeFileSync(join(folder, 'out/package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'out/server.js'), server)
  return join(folder, 'out')
}

test('every block of code names its file', () => {
  expect(Object.keys(modules)).toEqual(['permissions.ts', 'candidates.ts', 'threads.ts', 'queue.ts'])
  expect(page.match(/^```ts/gm)).toHaveLength(4)
})

test('the types of the page are right', () => {
  const folder = written()
  const compilerOptions = {
    customConditions: ['assay-source'],
    noEmit: true,
    composite: false,
    lib: ['es2023', 'dom', 'dom.iterable'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: Object.keys(modules) }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})

describe('what the page does when it is run', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['permissions.ts', 'permissions/control/ann permissions/fast/ann', { matched: true }],
    ['threads.ts', 'total/control/RUN total/fast/RUN', { matched: true }],
    ['queue.ts', 'price/control/ann price/fast/ann', { matched: false, ignored: false }],
  ])('%s', async (name, users, props) => {
    const folder = await built()
    const args = ['--import', './server.js', name.replace('.ts', '.js')]
    const out = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 30_000, stdio: 'pipe' })
    const events = out
      .trim()
      .split('\n')
      .map((line) => wireEvent.parse(JSON.parse(line)))
    const byBranch = events.sort((a, b) => (a.user < b.user ? -1 : 1))
    const run = byBranch[0]!.props!.run as string
    expect(byBranch.map(({ user }) => user.replace(run, 'RUN')).join(' ')).toBe(users)
    expect(byBranch[1]!.props).toMatchObject({ ...props, run, outcome: 'ok' })
  })
})

test('the page has each option, prop and default', () => {
  const source = (file: string) => readFileSync(join(root, 'sdk/science', file), 'utf8')
  const options = [...source('options.ts').matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!)
  expect(options.length).toBeGreaterThan(20)
  const unnamed = options.filter((name) => !['client', 'input'].includes(name) && !page.includes(`\`${name}`))
  expect(unnamed).toEqual([])
  for (const prop of ['run', 'outcome', 'error', 'position', 'cpuMs', 'cohort', 'skipped', 'attempts'])
    expect(page).toContain(`| \`${prop}\` |`)
  expect([source('prepare.ts'), source('when/beside.ts'), source('when/later.ts'), source('queue/queued.ts')]).toEqual([
    expect.stringContaining('TIMEOUT = 5000'),
    expect.stringContaining('atOnce = 100'),
    expect.stringContaining('atOnce = 1, waiting = 100'),
    expect.stringContaining('bytes = 65_536'),
  ])
})

test('science runs without Node: nothing of it but the worker imports a built-in', async () => {
  const entry = join(root, 'sdk/science/science.ts')
  await build({ entryPoints: [entry], bundle: true, write: false, platform: 'browser', logLevel: 'silent' })
})

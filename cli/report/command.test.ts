import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { beforeEach, expect, test, vi } from 'vitest'
import { exit } from '../failure.js'
import { fakeTests } from '../testkit/fake-tests.js'
import { resultsWith } from '../testkit/results.js'
import { tempFiles } from '../testkit/temp.js'
import { reportCommand } from './command.js'
import { fileName } from './file.js'
import { reportPage } from './page.js'

const page = reportPage(resultsWith())
let out = ''
beforeEach(() => {
  out = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  return () => vi.restoreAllMocks()
})

async function run(...args: string[]) {
  const { url, key, asked } = await fakeTests(() => ({ body: resultsWith() }))
  const program = new Command().exitOverride()
  reportCommand(program)
  const error = await program.parseAsync(['report', ...args, '--url', url, '--key', key], { from: 'user' }).then(
    () => undefined,
    (e) => e as Error,
  )
  return { asked: asked.map(({ what }) => what), error }
}

test.each([
  [['shop', 'checkout'], '/v1/apps/shop/tests/checkout/results'],
  [['a/b', 'c?d'], '/v1/apps/a%2Fb/tests/c%3Fd/results'],
  [['a', 'b', '--control', 'old & new'], '/v1/apps/a/tests/b/results?control=old+%26+new'],
  [['a', 'b', '--as-of', '2026-01-02', '--control', 'c'], '/v1/apps/a/tests/b/results?control=c&asOf=1767312000000'],
])('assay report %j asks once', async (args, path) => {
  const { asked, error } = await run(...args, '--out', '-')
  expect([asked, error]).toEqual([[`GET ${path}`], undefined])
  expect(out).toBe(page)
})

test('a report is written, not over another one unless it is forced', async () => {
  const file = join(tempFiles({ 'old.html': 'old' }), 'old.html')
  const { error } = await run('shop', 'checkout', '--out', file)
  expect(error).toMatchObject({
    message: `Expected a new file; ${file} is there already.`,
    advice: 'Replace it with --force, or name another with --out.',
    code: exit.failed,
  })
  expect([readFileSync(file, 'utf8'), out]).toEqual(['old', ''])
  await run('shop', 'checkout', '--out', file, '--force')
  expect(readFileSync(file, 'utf8')).toBe(page)
  expect(out).toBe(`${file}   ${Buffer.byteLength(page).toLocaleString('en-US')} bytes\n`)
})

test('--json tells the file and its size', async () => {
  const file = join(tempFiles({}), 'new.html')
  await run('shop', 'checkout', '--out', file, '--json')
  expect(JSON.parse(out)).toEqual({ file, bytes: Buffer.byteLength(page) })
})

test('a folder that is not there is told of', async () => {
  const file = join(tempFiles({}), 'none', 'new.html')
  const { error } = await run('shop', 'checkout', '--out', file)
  expect(error?.message).toContain(`Expected to write ${file}; ENOENT`)
  expect(existsSync(file)).toBe(false)
})

test('--json and --out - want the same stdout, and nothing is asked', async () => {
  const { asked, error } = await run('shop', 'checkout', '--out', '-', '--json')
  expect([asked, error]).toMatchObject([[], { code: exit.usage }])
})

test.each([
  ['shop', 'checkout', 'shop-checkout.html'],
  ['my shop', 'a/b\\c:d', 'my_shop-a_b_c_d.html'],
  ['..', '../../etc', '_-__.._etc.html'],
  ['-rf', '\0\n', '_rf-_.html'],
  ['عربي', '日本', 'عربي-日本.html'],
  ['n'.repeat(128), '日'.repeat(128), `${'n'.repeat(100)}-${'日'.repeat(33)}.html`],
])('the file of %j and %j', (app, id, name) => {
  expect(fileName(app, id)).toBe(name)
})

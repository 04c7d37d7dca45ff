import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBareClient, createClient } from '@assay/sdk'
import { build } from 'esbuild'
import { expect, onTestFinished, test, vi } from 'vitest'
import { assay } from '../support/command.js'
import { codeOf, runCode, typeErrors } from '../support/doc-code.js'
import { startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const readme = text('sdk/README.md')
const section = (title: string) => readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`))!
/** The cells of its table, row by row. */
const rows = (title: string) =>
  [...section(title).matchAll(/^\| (.+) \|$/gm)].map(([, row]) => row!.split(' | ').map((cell) => cell.trim()))
/** What is named as code, without the arguments. */
const names = (cell: string) => [...cell.matchAll(/`([\w@/-]+)[^`]*`/g)].map(([, name]) => name!)

test('the first steps end in results', async () => {
  const data = makeTempDir()
  onTestFinished(data.remove)
  const server = (await startServer(data.path))!
  onTestFinished(async () => void (await server.end('SIGTERM')))
  const env = { ASSAY_DATA: data.path }
  const [define] = /(?<=^npx assay )test new .*?(?= +#)/m.exec(readme)!
  expect(await assay(define.split(' '), env)).toMatchObject({ code: 0 })

  const [program] = /(?<=^```js try.mjs\n).*?(?=^```$)/ms.exec(readme)!
  const mine = program.replace('http://127.0.0.1:4600', server.url).replace('WRITE_KEY', server.keys.write)
  const problems = vi.spyOn(console, 'error')
  await runCode({ 'try.mjs': mine }, 'try.mjs')
  expect(problems).not.toHaveBeenCalled()

  const [ask] = /(?<=^npx assay )results \w+ \w+/m.exec(readme)!
  const results = async () => (await assay(ask.split(' '), env)).out
  await vi.waitFor(async () => expect(await results()).toMatch(/400 users.*purchase conv\./s), 30_000)
}, 90_000)

test('each option is in its table, with its numbers, and has a text for editors', () => {
  const bodies = text('sdk/options.ts').match(
    /(?<=^export interface (BaseOptions|ClientOptions)[^{]*\{\n).*?(?=^\})/gms,
  )!
  const lines = bodies.join('').match(/^ {2}\S.*$/gm)!
  const options = lines.flatMap((line, i) => {
    const [, name] = /^ {2}(\w+)\??:/.exec(line) ?? []
    return name ? [{ name, told: lines[i - 1]! }] : []
  })
  const table = new Map(rows('Options').map(([name, ...cells]) => [name!, cells.join(' ').replaceAll(',', '')]))
  expect([...table.keys()].slice(1).sort()).toEqual(options.map(({ name }) => `\`${name}\``).sort())
  for (const { name, told } of options) {
    expect(told, name).toMatch(/^ {2}\/\*\* .* \*\/$/)
    for (const number of told.match(/\d[\d,]+/g) ?? [])
      expect(table.get(`\`${name}\``), name).toContain(number.replaceAll(',', ''))
  }
})

test('each method is in its table', () => {
  const options = { url: '', key: '', app: 'shop', user: 'ann', config: { tests: {} }, refresh: 0 }
  const told = rows('What a client does').flatMap(([cell]) => names(cell!))
  expect(told.sort()).toEqual(Object.keys(createClient(options)).sort())
  const [, bare] = /stores and fetches nothing.*?: it has (.*?), and also/s.exec(readme)!
  expect(names(bare!).sort()).toEqual(Object.keys(createBareClient(options)).sort())
})

test('each import is in its table', () => {
  const { exports } = JSON.parse(text('sdk/package.json'))
  const from = rows('Imports')
    .flatMap(([cell]) => names(cell!))
    .map((name) => name.replace('@assay/sdk', '') || '.')
  const subpaths = Object.keys(exports).filter((name) => name !== './package.json')
  expect(from.sort()).toEqual(subpaths.map((name) => name.replace('./', '/')).sort())
})

test('the browsers that it names know all of its syntax', async () => {
  const [, chrome, firefox, safari] = /Chrome and Edge (\S+), Firefox (\S+), Safari (\S+),/.exec(readme)!
  const scriptFor = async (target: string[]) => {
    const options = { bundle: true, minify: true, write: false, target } as const
    const { outputFiles } = await build({ entryPoints: [join(root, 'sdk/script/script.ts')], ...options })
    return outputFiles[0]!.text
  }
  const named = [`chrome${chrome}`, `edge${chrome}`, `firefox${firefox}`, `safari${safari}`]
  expect(await scriptFor(named)).toBe(await scriptFor(['esnext']))
})

test('the code of what people ask first', async () => {
  const files = codeOf('docs/sdk/README.md')
  expect(Object.keys(files)).toEqual(['bots.ts', 'checkout.test.ts'])
  expect(await typeErrors(files)).toBe('')
  const send = vi.spyOn(globalThis, 'fetch')
  await runCode(files, 'checkout.test.ts')
  expect(send).not.toHaveBeenCalled()
}, 60_000)

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { variables } from '@assay/core/config/config'
import { catalogue } from '@assay/core/errors'
import { analystRights, createUser, readerRights, writerRights } from '@assay/core/store/access'
import { oneServer } from '@assay/core/store/dialect'
import { release } from '@assay/infra/kafka/versions'

import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = (path: string) => readFileSync(join(root, path), 'utf8')

/** Who may import whom; a folder may always import itself. */
const layers: Record<string, string[]> = {
  core: [],
  stats: [],
  infra: [],
  sdk: ['core'],
  ingest: ['core'],
  moments: ['core', 'stats'],
  aggregator: ['core', 'moments'],
  'query-api': ['core', 'stats', 'moments'],
  controller: ['core', 'stats'],
  gate: ['core', 'sdk'],
  cli: ['core', 'stats', 'ingest', 'aggregator', 'query-api', 'controller', 'gate'],
}

const files = (folder: string, ending: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((f) => join(folder, f))
    .filter((f) => ending.test(f) && !/(^|\/)(dist|node_modules)\//.test(f))
const sources = (folder: string) => files(folder, /\.c?ts$/)
const documents = ['README.md', 'sdk/README.md', ...files('docs', /\.md$/)]

describe('layers', () => {
  test.each(Object.entries(layers))('%s imports only what its layer allows', (folder, allowed) => {
    const outside = sources(folder)
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => {
        const names = [...text(file).matchAll(/from '(@assay\/[\w-]+|\.\.?\/[^']*)|import\('(@assay\/[\w-]+)/g)].map(
          (m) => m[1] ?? m[2]!,
        )
        return names
          .map((name) =>
            name.startsWith('@') ? name.slice('@assay/'.length) : join(dirname(file), name).split('/')[0]!,
          )
          .filter((target) => target !== folder && !allowed.includes(target))
          .map((target) => `${file} imports ${target}`)
      })
    expect(outside).toEqual([])
  })

  test.each(Object.entries(layers))('%s declares exactly the packages of its layer that it uses', (folder, allowed) => {
    const declared = Object.keys(JSON.parse(text(`${folder}/package.json`)).dependencies ?? {}).filter((d) =>
      d.startsWith('@assay/'),
    )
    expect(declared.every((d) => allowed.includes(d.slice('@assay/'.length)))).toBe(true)
  })

  test('core has no barrel file', () => {
    expect(sources('core').filter((f) => /(^|\/)index\.ts$/.test(f))).toEqual([])
  })
})

describe('documents', () => {
  test('docs/errors.md has each error of the catalogue with its status, title and advice, and no other', () => {
    const rows = [...text('docs/errors.md').matchAll(/^\| `([\w-]+)` \| (\d+) \| (yes|no) \| (.+?) \| (.+?) \|$/gm)]
    const documented = Object.fromEntries(
      rows.map(([, code, status, retry, title, advice]) => [
        code,
        { status: Number(status), retriable: retry === 'yes', title, advice },
      ]),
    )
    expect(documented).toEqual(catalogue)
  })

  test('docs/configuration.md has each variable with its default and meaning, and no other', () => {
    const rows = [...text('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \| (?:unset|`(.+?)`) \| (.+?) \|$/gm)]
    const documented = Object.fromEntries(rows.map(([, name, value = '', meaning]) => [name, { value, meaning }]))
    const expected = Object.fromEntries(
      Object.entries(variables).map(([name, schema]) => [
        name,
        { value: String(schema.parse(undefined)), meaning: schema.description },
      ]),
    )
    expect(documented).toEqual(expected)
  })

  test('docs/clickhouse.md has the users as they are made', () => {
    const d = oneServer('assay')
    const statements = [writerRights(d), readerRights(d), analystRights(d)].flatMap((rights) =>
      createUser(d, rights, 'PASSWORD'),
    )
    expect(statements.filter((sql) => !text('docs/clickhouse.md').includes(`${sql};`))).toEqual([])
  })

  test('every npm command in the documents is a script of package.json', () => {
    const scripts = Object.keys(JSON.parse(text('package.json')).scripts)
    const used = documents.flatMap((d) => [...text(d).matchAll(/npm (?:run )?([\w:-]+)/g)].map((m) => m[1]!))
    const own = new Set(['ci', 'install', 'pack', 'test', 'packages', 'workspaces'])
    expect(used.filter((name) => !own.has(name) && !scripts.includes(name))).toEqual([])
    expect(text('README.md')).toContain('npm ci && npm run demo')
    expect(text('README.md')).toContain('npm ci && npm test')
  })

  test('each folder of stats is in docs/statistics.md, and what a module exports says what it is', () => {
    const modules = sources('stats').filter((f) => !/\.test\.ts$|testkit/.test(f))
    const folders = new Set(modules.map((f) => f.split('/')[1]!.replace('.ts', '')))
    const internal = new Set(['tail', 'gauss', 'root', 'sum', 'inference', 'none'])
    const docs = text('docs/statistics.md')
    expect([...folders].filter((name) => !internal.has(name) && !docs.includes(`\`${name}`))).toEqual([])
    const bare = modules.flatMap((f) =>
      [...text(f).matchAll(/(.*)\n(?=export (?:function|const) (\w+))/g)]
        .filter(([, before]) => !before!.endsWith('*/'))
        .map(([, , name]) => `${f} ${name}`),
    )
    expect(bare).toEqual([])
  })

  test('docs/kafka.md names the releases of the pom', () => {
    expect(text('docs/kafka.md')).toContain(`| | ${release('4')} | ${release('3.9')} |`)
  })

  test('links between documents lead somewhere', () => {
    const broken = documents.flatMap((d) =>
      [
        ...text(d)
          .replace(/^```.*?^```/gms, '')
          .matchAll(/\]\((?!https?:|#)([^)#]+)/g),
      ]
        .map((m) => join(dirname(d), m[1]!))
        .filter((path) => !existsSync(join(root, path))),
    )
    expect(broken).toEqual([])
  })
})

describe('style', () => {
  const all = [...Object.keys(layers), 'test', 'bench'].flatMap(sources)

  test('files stay short enough to hold in the head', () => {
    const generated = 'sdk/query/schema.ts'
    const long = all.filter((f) => f !== generated && text(f).split('\n').length > 300)
    expect(long).toEqual([])
  })

  test('nothing is put off and no test is switched off or singled out', () => {
    const words = new RegExp(['TO' + 'DO', 'FIX' + 'ME', String.raw`\b(test|it|describe)\.(only|skip)\(`].join('|'))
    expect(all.filter((f) => words.test(text(f)))).toEqual([])
  })
})

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { packSdk } from '../support/packed.js'
import { tempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sdk = join(root, 'sdk')
const text = (file: string) => readFileSync(join(sdk, file), 'utf8')
const manifest = JSON.parse(text('package.json'))
const typed = (exports: Record<string, { types?: string }>) => Object.entries(exports).filter(([, { types }]) => types)

test('publint finds nothing to say of the package', async () => {
  const { publint } = await import('publint')
  expect((await publint({ pkgDir: sdk, strict: true })).messages).toEqual([])
}, 120_000)

test('its types are right wherever they are resolved', () => {
  const { tarball, files } = packSdk(tempDir())
  expect(
    files.filter(
      (file) =>
        !/^(package\.json|README\.md|LICENSE|dist\/assay\.min\.js|dist\/(sdk|core)\/.+\.(d\.ts|js))$/.test(file),
    ),
  ).toEqual([])
  expect(files.filter((file) => /\.test\.|testkit/.test(file))).toEqual([])
  // A script for a tag has no types. It ends with an error if anything is wrong, but that CommonJS gets modules.
  const attw = join(root, 'node_modules/.bin/attw')
  const rules = ['--ignore-rules', 'cjs-resolves-to-esm', '--exclude-entrypoints', 'script']
  execFileSync(attw, [tarball, ...rules], { stdio: 'pipe' })
}, 120_000)

test('types are found by its subpaths where exports are not read, too', () => {
  const { exports, types, typesVersions } = manifest
  const found = Object.entries<string[]>({ '.': [types], ...typesVersions['*'] })
  expect(Object.fromEntries(found.map(([name, [file]]) => [name === '.' ? name : `./${name}`, file]))).toEqual(
    Object.fromEntries(typed(exports).map(([name, { types }]) => [name, types])),
  )
})

test('it goes with the licence', () => {
  expect(text('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'))
})

test('it needs no other package', () => {
  const { dependencies = {}, peerDependenciesMeta = {}, peerDependencies = {} } = manifest
  expect(dependencies).toEqual({})
  const needed = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  expect(needed).toEqual([])
})

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sdk = join(root, 'sdk')

test('publint finds nothing to say of the package', async () => {
  const { publint } = await import('publint')
  expect((await publint({ pkgDir: sdk, strict: true })).messages).toEqual([])
}, 120_000)

test('its types are right wherever they are resolved', () => {
  const folder = tempDir()
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', sdk, '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
    }),
  )
  const files: string[] = packed.files.map((file: { path: string }) => file.path)
  expect(
    files.filter(
      (file) => !/^(package\.json|README\.md|dist\/assay\.min\.js|dist\/(sdk|core)\/.+\.(d\.ts|js))$/.test(file),
    ),
  ).toEqual([])
  expect(files.filter((file) => /\.test\.|testkit/.test(file))).toEqual([])
  // A script for a tag has no types. It ends with an error if anything is wrong for packages that are modules only.
  const attw = join(root, 'node_modules/.bin/attw')
  execFileSync(attw, [join(folder, packed.filename), '--profile', 'esm-only', '--exclude-entrypoints', 'script'], {
    stdio: 'pipe',
  })
}, 120_000)

test('it needs no other package', () => {
  const {
    dependencies = {},
    peerDependenciesMeta = {},
    peerDependencies = {},
  } = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'))
  expect(dependencies).toEqual({})
  const needed = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true)
  expect(needed).toEqual([])
})

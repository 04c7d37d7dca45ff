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
})

test('its types are right wherever they are resolved', () => {
  const folder = tempDir()
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', sdk, '--json', '--ignore-scripts', '--pack-destination', folder], {
      encoding: 'utf8',
    }),
  )
  const files: string[] = packed.files.map((file: { path: string }) => file.path)
  expect(files.filter((file) => !/^(package\.json|README\.md|dist\/(sdk|core)\/.+\.(d\.ts|js))$/.test(file))).toEqual(
    [],
  )
  expect(files.filter((file) => /\.test\.|testkit/.test(file))).toEqual([])
  const attw = join(root, 'node_modules/.bin/attw')
  const said = execFileSync(attw, [join(folder, packed.filename), '--profile', 'esm-only', '--format', 'json'], {
    encoding: 'utf8',
  })
  expect(JSON.parse(said).problems ?? {}).toEqual({})
}, 60_000)

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

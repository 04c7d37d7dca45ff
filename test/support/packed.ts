import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sdk = fileURLToPath(new URL('../../sdk', import.meta.url))

/** The package as it is published: packed into the folder, and found by what is in it. */
export function packSdk(folder: string): { tarball: string; files: string[] } {
  const pack = ['pack', sdk, '--json', '--ignore-scripts', '--pack-destination', folder]
  const [packed] = JSON.parse(execFileSync('npm', pack, { encoding: 'utf8' }))
  const tarball = join(folder, packed.filename)
  const own = join(folder, 'node_modules/@assay/sdk')
  mkdirSync(own, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', own])
  return { tarball, files: packed.files.map(({ path }: { path: string }) => path) }
}

import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleInto } from '@assay/infra/bundle'

const root = fileURLToPath(import.meta.url.replace(/\/test\/.*$/, '/'))
/** Where packages that are not bundled are found. */
const place = join(root, 'node_modules/.cache/assay-next')

/** Makes the command of a version with one more step of the schema. @returns its path */
export async function nextCommand(): Promise<string> {
  mkdirSync(place, { recursive: true })
  copyFileSync(join(root, 'cli/package.json'), join(place, 'package.json'))
  await bundleInto(join(place, 'dist'), [join(root, 'test/fault/next-version.ts')])
  return join(place, 'dist/main.js')
}

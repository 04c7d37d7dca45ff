import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../node_modules/.cache/assay-node', import.meta.url))

/** npm carries Node's own binaries, a package for each platform. */
const platform = process.platform === 'darwin' && process.arch === 'arm64' ? 'bin-darwin' : process.platform
const carrier = `node-${platform}-${process.arch}`

/** The program of a release of Node, fetched at the first call. Two first calls at once do not disturb each other. */
export async function nodeBinary(version: string): Promise<string> {
  const folder = join(cache, version)
  const binary = join(folder, 'package/bin/node')
  if (existsSync(binary)) return binary
  mkdirSync(cache, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    // Packed and not installed: no script of it runs, and it meets no other package.
    const { stdout } = await run('npm', ['pack', '--silent', `${carrier}@${version}`], { cwd: partial })
    await run('tar', ['-xzf', stdout.trim(), 'package/bin/node'], { cwd: partial })
    rmSync(join(partial, stdout.trim()))
    rename(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return binary
}

function rename(partial: string, folder: string): void {
  try {
    renameSync(partial, folder)
  } catch (error) {
    // Another process was faster, and its copy is as good.
    if (!existsSync(folder)) throw error
  }
}

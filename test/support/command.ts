import { spawn } from 'node:child_process'
import { ASSAY } from './server-process.js'

/** Runs the built `assay` with these arguments and resolves with what it printed and its exit code. */
export function assay(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [ASSAY, ...args], { env: { ...process.env, ...env } })
  const printed = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    printed.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed.err += chunk
  })
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, ...printed })))
}

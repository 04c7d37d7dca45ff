import { spawn } from 'node:child_process'
import { ASSAY } from './server-process.js'

/** A remote installation is asked, and its keys are used, only by who says so. */
const alone = {
  ...{ ASSAY_URL: '', ASSAY_INGEST_URL: '' },
  ...{ ASSAY_KEY: '', ASSAY_WRITE_KEY: '', ASSAY_READ_KEY: '', ASSAY_ADMIN_KEY: '' },
}

/** Runs the built `assay` with these arguments and resolves with what it printed and its exit code. */
export function assay(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [ASSAY, ...args], { env: { ...process.env, ...alone, ...env } })
  const printed = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    printed.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed.err += chunk
  })
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, ...printed })))
}

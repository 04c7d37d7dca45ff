import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Keys } from '@assay/core/keys'
import { withParent } from './with-parent.js'

/** The built command, from wherever this file runs. */
export const ASSAY = fileURLToPath(import.meta.url.replace(/\/test\/.*$/, '/cli/dist/assay.cjs'))

export interface ServerProcess {
  child: ChildProcess
  url: string
  keys: Keys
  /** Everything it printed so far. */
  output: () => string
  /** Ends it with a signal and resolves with its exit code. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Starts the built `assay up` on a data directory; resolves when it listens, or null when `abort` ended it before. */
export async function startServer(
  data: string,
  abort?: AbortSignal,
  env: Record<string, string> = {},
): Promise<ServerProcess | null> {
  rmSync(join(data, 'server.json'), { force: true })
  const child = withParent(
    spawn(process.execPath, [ASSAY, 'up', '--data', data, '--port', '0'], { env: { ...process.env, ...env } }),
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  abort?.addEventListener('abort', () => child.kill('SIGKILL'))
  for (;;) {
    const url = announced(data)
    if (url !== null) return { child, url, keys: readJson(join(data, 'keys.json')), output: () => output, end }
    if (child.exitCode !== null || child.signalCode !== null) {
      if (abort?.aborted) return null
      throw new Error(`assay up ended with ${child.exitCode ?? child.signalCode}:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function announced(data: string): string | null {
  try {
    return readJson(join(data, 'server.json')).url
  } catch {
    return null
  }
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Inspection } from '../fault/inspect.js'

const INSPECT = fileURLToPath(new URL('../dist/fault/inspect-directory.js', import.meta.url))

/** What a stopped data directory holds. In a process of its own, as an engine has one directory for life. */
export function inspect(data: string): Inspection {
  return JSON.parse(execFileSync(process.execPath, [INSPECT, data], { encoding: 'utf8', maxBuffer: 1e9 }))
}

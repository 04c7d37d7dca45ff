import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const INSPECT = fileURLToPath(new URL('../dist/fault/inspect.js', import.meta.url))

export interface Inspected {
  /** Ids in `events`, each with how often it is there. */
  ids: [string, number][]
  /** Rows by table that differ from what `events` says. */
  differing: Record<string, number>
}

/** What a stopped data directory holds. In a process of its own, as an engine has one directory for life. */
export function inspect(data: string): Inspected {
  return JSON.parse(execFileSync(process.execPath, [INSPECT, data], { encoding: 'utf8', maxBuffer: 1e9 }))
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A path in a directory that goes with the test. */
export function tempPath(name: string): string {
  const path = mkdtempSync(join(tmpdir(), 'assay-gate-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return join(path, name)
}

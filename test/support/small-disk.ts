import { execFileSync } from 'node:child_process'
import { makeTempDir } from './temp.js'

/** A small file system of its own in memory, where this user may mount one. */
export function smallDisk(megabytes: number): { path: string; remove: () => void } | null {
  const { path, remove } = makeTempDir()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'assay-test', path], { stdio: 'ignore' })
  } catch {
    remove()
    return null
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', [path])
      remove()
    },
  }
}

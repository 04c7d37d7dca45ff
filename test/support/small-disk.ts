import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { afterDeath } from '@assay/infra/after-death'
import { makeTempDir } from './temp.js'

export interface SmallDisk {
  path: string
  /** Leaves so many bytes of room on it, until `empty`. */
  fill: (room?: number) => void
  empty: () => void
  remove: () => void
}

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' })

/** A small file system of its own in memory, where this user may mount one. It goes with this process, however that ends. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const { path, remove } = makeTempDir()
  const size = megabytes * 1024 * 1024
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'assay-test', path)
  } catch {
    remove()
    return null
  }
  // Whoever still has files open on it keeps them, and may be dying only now.
  const survived = afterDeath('umount -l "$1"; rmdir "$1"', path)
  const resize = (bytes: number) => mount('-o', `remount,size=${bytes}`, path)
  return {
    path,
    // A file of that size would fill it too, and take as much memory.
    fill: (room = 0) => untilTaken(() => resize(used(path) + room)),
    empty: () => resize(size),
    remove() {
      execFileSync('umount', ['-l', path])
      remove()
      survived()
    },
  }
}

/** Who writes meanwhile may need more than was used a moment ago, and then it is refused. */
function untilTaken(resize: () => void): void {
  for (let tries = 20; ; tries--) {
    try {
      resize()
      return
    } catch (error) {
      if (tries === 0) throw error
    }
  }
}

function used(path: string): number {
  const { blocks, bfree, bsize } = statfsSync(path)
  return Math.max(1, blocks - bfree) * bsize
}

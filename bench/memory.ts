import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.js'
import { below, type Figure } from './measure.js'
import { assayChild } from './server-child.js'

const SECONDS = 60

/**
 * Memory of `assay up` that only it can use: idle after its start, and the greatest in a minute of full load. Pages of
 * the mapped log and of the engine's library are the kernel's to take back; with them it is the last figure.
 */
export async function memory(): Promise<Figure[]> {
  const server = await assayChild()
  try {
    await sleep(3000)
    const idle = megabytes(server.pid, 'VmRSS')
    const samples: number[] = []
    const sampling = setInterval(() => samples.push(megabytes(server.pid, 'RssAnon')), 250)
    await load(server, 100, SECONDS)
    clearInterval(sampling)
    return [
      below('memory, idle, all resident', idle, 'MB', 450),
      below('memory, greatest under load, its own', Math.max(...samples), 'MB', 1500),
      below('memory, greatest under load, all resident', megabytes(server.pid, 'VmHWM'), 'MB', 1500),
    ]
  } finally {
    await server.end()
  }
}

/** Of a field of the kernel's `status` of a process. */
export function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1000
}

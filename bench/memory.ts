import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from './load.js'
import { below, type Figure } from './measure.js'
import { assayChild } from './server-child.js'

/** Resident memory of `assay up`: idle after its start, and the greatest in a minute of full load. */
export async function memory(): Promise<Figure[]> {
  const server = await assayChild()
  try {
    await sleep(3000)
    const idle = megabytes(server.pid, 'VmRSS')
    await load(server, 100, 60)
    return [
      below('memory, idle', idle, 'MB', 450),
      below('memory, greatest under load', megabytes(server.pid, 'VmHWM'), 'MB', 1500),
    ]
  } finally {
    await server.end()
  }
}

function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1000
}

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Keys } from '@assay/core/keys'

export interface Child {
  url: string
  keys: Keys
  pid: number
  end: () => Promise<void>
}

/** The real thing: `assay up` in a process and a directory of its own. */
export async function assayChild(): Promise<Child> {
  const data = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const bin = fileURLToPath(new URL('../../cli/dist/assay.cjs', import.meta.url))
  const child = spawn(process.execPath, [bin, 'up', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const read = (name: string) => JSON.parse(readFileSync(join(data, name), 'utf8'))
  for (;;) {
    await new Promise((r) => setTimeout(r, 50))
    try {
      const { url } = read('server.json')
      return { url, keys: read('keys.json'), pid: child.pid!, end: () => end(child, data) }
    } catch {
      if (child.exitCode !== null) throw new Error('assay up ended')
    }
  }
}

/** The limit: a Fastify route that parses the body and answers 202. */
export const bareChild = () => forked('./bare-server.js')

/** Ingest and its log alone. */
export const ingestChild = () => forked('./ingest-server.js', [mkdtempSync(join(tmpdir(), 'assay-bench-'))])

export const ingestOnKafkaChild = (brokers: string[]) =>
  forked('./ingest-server.js', [mkdtempSync(join(tmpdir(), 'assay-bench-')), ...brokers])

/** @returns events a second of an aggregator that has a process, a log and a store for itself */
export async function aggregatorChild(events: number, brokers: string[] = []): Promise<number> {
  const child = fork(fileURLToPath(new URL('./aggregator-child.js', import.meta.url)), [String(events), ...brokers])
  const [rate] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the aggregator ended'))),
  ])
  return rate
}

async function forked(module: string, args: string[] = []): Promise<Child> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), args)
  const [ready] = (await once(child, 'message')) as [{ url: string; keys: Keys }]
  return { ...ready, pid: child.pid!, end: () => end(child) }
}

async function end(child: ChildProcess, data?: string): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
  if (data !== undefined) rmSync(data, { recursive: true, force: true })
}

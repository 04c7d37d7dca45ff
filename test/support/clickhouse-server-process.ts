import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from './clickhouse-http.js'
import { withParent } from './with-parent.js'

/** The built one, from wherever this file runs. */
const MAIN = fileURLToPath(import.meta.url.replace(/\/test\/.*$/, '/test/dist/support/clickhouse-server.js'))

export interface ClickHouseProcess {
  url: string
  /** A server that is started again on it is found by clients of the one before. */
  port: number
  /** To be paused (`SIGSTOP`) and let go on (`SIGCONT`). */
  child: ChildProcess
  /** Resolves when it is gone. */
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

/** Starts the built server on a data directory, which belongs to it until its end. */
export async function startClickHouseProcess(options: ServerOptions & { port?: number }): Promise<ClickHouseProcess> {
  const child = withParent(
    spawn(process.execPath, [MAIN, JSON.stringify({ port: 0, ...options })], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // The engine holds a thread for each statement that runs.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    }),
  )
  const exited = once(child, 'exit')
  const line = once(createInterface(child.stdout), 'line')
  const first = await Promise.race([line, exited.then(() => null)])
  if (first === null) throw new Error(`The ClickHouse server ended with ${child.exitCode ?? child.signalCode}.`)
  const { port } = JSON.parse(first[0] as string) as { port: number }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    await exited
  }
  return { url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, end, child }
}

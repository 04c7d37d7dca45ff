import { onTestFinished } from 'vitest'
import { type ServerProcess, startServer } from './server-process.js'

/** A server that goes with the test. */
export async function start(data: string): Promise<ServerProcess> {
  const server = (await startServer(data))!
  onTestFinished(async () => void (await server.end('SIGKILL')))
  return server
}

export async function get<T>({ url, keys }: ServerProcess, path: string): Promise<T> {
  return (await (await fetch(url + path, { headers: { authorization: `Bearer ${keys.read}` } })).json()) as T
}

interface Status {
  aggregator: { fresh: boolean; stored: number; duplicates: number; quarantined: number }
}

/** Resolves when every acknowledged event is in the results. */
export async function settled(server: ServerProcess): Promise<Status['aggregator']> {
  for (;;) {
    const { aggregator } = await get<Status>(server, '/v1/status')
    if (aggregator.fresh) return aggregator
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

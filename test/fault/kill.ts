import { inspect } from '../support/inspect.js'
import { seeded } from '../support/random.js'
import { startServer } from '../support/server-process.js'
import { RetryingClient } from './client.js'

export interface KillReport {
  kills: number
  acknowledged: number
  missing: string[]
  doubled: string[]
  unknown: string[]
  /** Rows by table that differ from what the log says. */
  differing: Record<string, number>
  /** Records in the log that are neither counted nor repeats nor bad. */
  unaccounted: number
}

const CLIENTS = 4

/** Kills `assay up` at seeded moments of its start, its work and its replays, and reports what is counted in the end. */
export async function killRepeatedly(data: string, seed: number, kills: number): Promise<KillReport> {
  const random = seeded(seed)
  const clients = Array.from({ length: CLIENTS }, (_, i) => new RetryingClient(`c${i}`, seeded(seed + 1000 * (i + 1))))
  for (let k = 0; k < kills; k++) await oneKill(data, random, clients)
  const server = (await startServer(data))!
  for (const client of clients) await client.finish(server.url, server.keys.write)
  await server.end('SIGTERM')
  return judge(data, kills, clients)
}

/** One life of the server: most are killed under load, some while they start, some while they replay. */
async function oneKill(data: string, random: () => number, clients: RetryingClient[]): Promise<void> {
  const whileStarting = random() < 0.15
  const replaying = random() < 0.2
  const delay = Math.floor(random() * 900)
  const abort = new AbortController()
  if (whileStarting) setTimeout(() => abort.abort(), delay)
  const server = await startServer(data, abort.signal)
  if (server === null) return
  const sending = clients.map((client) => client.sendUntilGone(server.url, server.keys.write))
  if (replaying) startReplay(server.url, server.keys.admin)
  await new Promise((resolve) => setTimeout(resolve, delay))
  await server.end('SIGKILL')
  await Promise.all(sending)
}

function startReplay(url: string, key: string): void {
  fetch(`${url}/v1/admin/replay`, { method: 'POST', headers: { authorization: `Bearer ${key}` } })
    .then((response) => response.text())
    .catch(() => {})
}

function judge(data: string, kills: number, clients: RetryingClient[]): KillReport {
  const { ids, differing, records, stored, repeats, bad } = inspect(data)
  const counts = new Map(ids)
  const acknowledged = clients.flatMap((c) => [...c.acknowledged])
  const sent = new Set(clients.flatMap((c) => [...c.sent]))
  return {
    kills,
    acknowledged: acknowledged.length,
    missing: acknowledged.filter((id) => !counts.has(id)),
    doubled: ids.filter(([, n]) => n !== 1).map(([id]) => id),
    unknown: ids.map(([id]) => id).filter((id) => !sent.has(id)),
    differing,
    unaccounted: records - stored - repeats - bad,
  }
}

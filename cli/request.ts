import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'

/** Asks the server. @throws CommandError for a server that cannot be reached and for every refusal. */
export async function request(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${server.key}`, ...init.headers }
  const response = await fetch(server.url + path, { ...init, headers }).catch((error: Error & { cause?: Error }) => {
    throw new CommandError(
      `Expected a server at ${server.url}; ${error.cause?.message || error.message}.`,
      'Start one with `assay up`, or correct --url.',
      exit.unreachable,
    )
  })
  if (!response.ok) throw await refusal(response)
  return response
}

export async function getJson<T>(server: Server, path: string): Promise<T> {
  return (await (await request(server, path)).json()) as T
}

/** Resolves when every event acknowledged so far is in the results. */
export async function untilFresh(server: Server): Promise<void> {
  const fresh = async () => (await getJson<{ aggregator: { fresh: boolean } }>(server, '/v1/status')).aggregator.fresh
  while (!(await fresh())) await sleep(50)
}

async function refusal(response: Response): Promise<CommandError> {
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; advice?: string }
  const title = problem.title ?? `The server answered ${response.status}`
  return new CommandError(`${title}. ${problem.detail ?? ''}`.trim(), problem.advice ?? '')
}

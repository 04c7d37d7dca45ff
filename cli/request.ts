import { setTimeout as sleep } from 'node:timers/promises'
import { catalogue, type Problem } from '@assay/core/errors'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'

/** What the server refused, by its code of the catalogue. */
export class Refusal extends CommandError {
  readonly reason: string | undefined

  constructor(reason: string | undefined, message: string, advice: string) {
    super(message, advice)
    this.reason = reason
  }

  /** Whether the same request may succeed later. */
  get retriable(): boolean {
    return (catalogue as Record<string, { retriable: boolean }>)[this.reason ?? '']?.retriable === true
  }
}

/** Whether another was first. */
export const isMismatch = (error: unknown) => error instanceof Refusal && error.reason === 'version-mismatch'

/** Asks the server. @throws CommandError for a server that cannot be reached and for every refusal. */
export async function request(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${server.key}`, ...init.headers }
  const response = await fetch(server.url + path, { ...init, headers }).catch((error) => {
    throw new CommandError(
      `Expected a server at ${server.url}; ${reasonOf(error)}.`,
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

/** Sends JSON, and resolves with the JSON that is answered. */
export async function sendJson<T>(
  server: Server,
  method: 'POST' | 'PUT',
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const init = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
  return (await (await request(server, path, init)).json()) as T
}

/** Long enough for any snapshot; a server that others keep busy may never be wholly fresh. */
const FRESH = 15_000

/** Resolves when every event acknowledged so far is in the results, or after a while. */
export async function untilFresh(server: Server): Promise<void> {
  const fresh = async () => {
    const { aggregator } = await getJson<{ aggregator: { fresh: boolean } | null }>(server, '/v1/status').catch(notTold)
    // Where others aggregate, who is asked cannot tell.
    return aggregator?.fresh ?? true
  }
  for (const deadline = Date.now() + FRESH; Date.now() < deadline && !(await fresh()); ) await sleep(50)
}

/** The status is of all apps, and the key of one is not told it. */
function notTold(error: unknown): { aggregator: null } {
  if (error instanceof Refusal && error.reason === 'app-forbidden') return { aggregator: null }
  throw error
}

/** What fetch failed of: it hides the cause, which may itself be several. */
export function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: Error & { code?: string } }
  return name === 'TimeoutError' ? 'it did not answer in time' : cause?.message || cause?.code || message
}

export async function refusal(response: Response): Promise<CommandError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
  if (problem.title !== undefined)
    return new Refusal(problem.code, `${problem.title}. ${problem.detail ?? ''}`.trim(), problem.advice ?? '')
  const kind = response.headers.get('content-type') ?? 'nothing'
  return new CommandError(
    `Expected an answer of Assay from ${new URL(response.url).origin}; got ${response.status} with ${kind}.`,
    'Check --url: another program may answer there.',
  )
}

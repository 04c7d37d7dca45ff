import { setTimeout as sleep } from 'node:timers/promises'
import type { Canary } from '@assay/query-api/canary/reply'
import { reasonWords } from '@assay/query-api/canary/words'
import type { Server } from '../discover.js'
import { CommandError, exit } from '../failure.js'
import { Refusal } from '../request.js'
import { readCanary } from './requests.js'

/** Seconds of one request: proxies end those that say nothing for longer. */
const LONGEST = 25
/** Milliseconds before a server that was there and is gone is asked again. */
const RETRY = 1000

export const goals = ['done', 'healthy'] as const

export interface Waiting {
  app: string
  test: string | undefined
  until: (typeof goals)[number]
  /** Milliseconds. */
  timeout: number
  /** Hears of the canary at first, and whenever it is another one. */
  tell: (canary: Canary) => void
  /** Hears why the server does not answer. */
  warn: (message: string) => void
}

/** Waits until a canary is through, and resolves with the exit code. @throws CommandError */
export async function waitFor(server: Server, { app, test, until, timeout, tell, warn }: Waiting): Promise<number> {
  const end = Date.now() + timeout
  let canary = await readCanary(server, app, { test })
  const { testId, stage } = canary
  if (testId === null || stage === null) throw noRollout(canary)
  tell(canary)
  for (;;) {
    const code = exitOf(canary, until)
    if (code !== null) return code
    const left = Math.ceil((end - Date.now()) / 1000)
    if (left <= 0) return exit.undecided
    const asked = { test: testId, wait: Math.min(left, LONGEST), seen: canary.mark }
    const answer = await readCanary(server, app, asked).catch((error) => goneFor(error, left, warn))
    if (answer === null || answer.mark === canary.mark) continue
    canary = answer
    tell(canary)
  }
}

function exitOf({ stage, verdict }: Canary, until: Waiting['until']): number | null {
  if (stage === 'rolled-back' || stage === 'ended' || stage === null) return exit.rolledBack
  const isDone = stage === 'done' && verdict === 'healthy'
  return isDone || (until === 'healthy' && verdict === 'healthy') ? exit.ok : null
}

/** A server that restarts, or is busy, is asked again; that it is gone for good ends the wait at its time. */
async function goneFor(error: unknown, left: number, warn: Waiting['warn']): Promise<null> {
  const isGone = error instanceof CommandError && error.code === exit.unreachable
  const isBusy = error instanceof Refusal && error.retriable
  if ((!isGone && !isBusy) || left <= RETRY / 1000) throw error
  warn((error as CommandError).message)
  await sleep(RETRY)
  return null
}

function noRollout({ app, testId, reasons }: Canary): CommandError {
  const found = testId === null ? app : `${app} / ${testId}`
  return new CommandError(
    `Expected a rollout of ${found}; ${reasons.map(reasonWords).join('; ')}.`,
    'Begin one with: assay canary start APP TEST',
  )
}

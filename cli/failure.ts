import { AssayError, catalogue } from '@assay/core/errors'
import { paint } from './style.js'

/** Exit codes, as `assay --help` lists them; the last two are of `assay canary wait`. */
export const exit = { ok: 0, failed: 1, usage: 2, unreachable: 3, rolledBack: 4, undecided: 5 } as const

/** A failure of a command: what was expected, what came, what to do. */
export class CommandError extends Error {
  readonly advice: string
  readonly code: number

  constructor(message: string, advice: string, code: number = exit.failed) {
    super(message)
    this.advice = advice
    this.code = code
  }
}

/** Prints an error on stderr, as JSON where asked, and gives the exit code. */
export function report(error: unknown, json: boolean): number {
  const { message, advice, code } = describe(error)
  if (json) process.stderr.write(`${JSON.stringify({ error: message, advice })}\n`)
  else
    process.stderr.write(
      `${paint('red', 'error', process.stderr)} ${message}\n${advice === '' ? '' : `      ${advice}\n`}`,
    )
  return code
}

function describe(error: unknown): { message: string; advice: string; code: number } {
  if (error instanceof CommandError) return error
  if (error instanceof AssayError)
    return { message: error.message, advice: catalogue[error.code].advice, code: exit.failed }
  const { code, address, port } = error as { code?: string; address?: string; port?: number }
  if (code === 'EADDRINUSE') {
    const message = `Expected port ${port} of ${address} to be free; another program listens there.`
    return { message, advice: 'Stop it, or choose another port (0 takes any).', code: exit.failed }
  }
  return { message: error instanceof Error ? error.message : String(error), advice: '', code: exit.failed }
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface CommandOptions {
  cwd?: string
  /** What to do where the program is not there. */
  advice?: string
  onLine?: (line: string) => void
}

/** Runs a program to its end and gives what it printed. */
export async function command(file: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, advice = '', onLine } = options
  const child = spawn(file, args, { ...(cwd === undefined ? {} : { cwd }), stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      printed.push(line)
      onLine?.(line)
    })
  const ended = await new Promise<number | string>((resolve, reject) => {
    child.once('error', (error) => reject(explained(error, file, advice)))
    child.once('close', (code, signal) => resolve(code ?? signal!))
  })
  if (ended !== 0) throw new Error(`Expected ${file} to succeed; it ended with ${ended}:\n${tail(printed)}`)
  return printed.join('\n')
}

/** A program's failure to start, in words where it is not there. */
export function explained(error: NodeJS.ErrnoException, file: string, advice: string): Error {
  return error.code === 'ENOENT' ? new Error(`Expected the program ${file}; it was not found. ${advice}`) : error
}

/** The last lines, without Java's stack frames. */
export function tail(printed: readonly string[]): string {
  return printed
    .filter((line) => !/^\s+(at |\.\.\. )/.test(line))
    .slice(-20)
    .join('\n')
}

import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { afterDeath } from '@assay/infra/after-death'

/** A program with children of its own, in the foreground. */
export interface Program {
  /** Ends all of it at once and resolves when it has. */
  kill: () => Promise<void>
}

/** Starts it in a folder; resolves when a port of its answers. @throws what it said, if it ends before */
export async function startProgram(
  command: string,
  args: readonly string[],
  { cwd, port }: { cwd: string; port: number },
): Promise<Program> {
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', afterDeath('kill -9 -- "-$1"', String(child.pid)))
  while (!(await answers(port))) {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${command} ended with ${child.exitCode ?? child.signalCode}:\n${said}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    await ended
  }
  return { kill }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

import { spawn } from 'node:child_process'

/**
 * Has a shell wait that runs a script, with these arguments as `$1` and so on, should this process die without having
 * called what is returned: however it dies, its end of the pipe closes.
 */
export function afterDeath(script: string, ...args: string[]): () => void {
  const shell = spawn('sh', ['-c', `read -r _ && exit; ${script}`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  shell.stdin.on('error', () => {})
  return () => shell.stdin.end('\n')
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface GateChild {
  pid: number
  /** What it prints of its doors. */
  doors: { http: string | null; proxy: string | null }
  end(): Promise<void>
}

/** A server of one test, whose control and canary have half each, that takes all events. */
async function definitions(): Promise<Server> {
  const branches = ['master', 'next'].map((name) => ({ name, weight: 1 }))
  const config = JSON.stringify({ tests: { release: { branches, control: 'master', version: 1 } }, current: 'release' })
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(request.method === 'POST' ? '{"rejected":[]}' : config))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** The real thing: `assay gate` of the app `shop` in a process of its own, with these doors. */
export async function gateChild(doors: readonly string[]): Promise<GateChild> {
  const server = await definitions()
  const bin = fileURLToPath(new URL('../../cli/dist/assay.cjs', import.meta.url))
  const args = ['gate', '--json', '--url', urlOf(server), '--key', 'w', '--app', 'shop', ...doors]
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  const [told] = await Promise.race([
    once(child.stdout!, 'data'),
    exited.then(() => Promise.reject(new Error('the gate ended'))),
  ])
  return {
    pid: child.pid!,
    doors: JSON.parse(`${told}`),
    async end() {
      child.kill('SIGTERM')
      await exited
      server.close()
    },
  }
}

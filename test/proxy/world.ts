import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { ASSAY, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'
import { withParent } from '../support/with-parent.js'
import { freePlaces, type Places } from './example.js'

/** A server with a canary of an app, and the app as it is and as it is to be. */
export interface World {
  folder: string
  places: Places
  /** Gives the canary this percent of users; resolves when the gate says so. */
  grow: (percent: number) => Promise<void>
  startGate: () => Promise<Gate>
  /** Ends the server, of which the gate then hears nothing more. */
  endServer: () => Promise<unknown>
  close: () => Promise<void>
}

export async function openWorld(): Promise<World> {
  const data = makeTempDir()
  const server = (await startServer(data.path))!
  const apps = await Promise.all(['control', 'canary'].map(openApp))
  const [control, canary] = apps.map(({ port }) => port) as [string, string]
  const places = await freePlaces(data.path, { control, canary })
  const change = changer(server)
  await change('PUT', '', split(20))
  await change('POST', '/start')
  await change('POST', '/current')
  return {
    folder: data.path,
    places,
    async grow(percent) {
      await change('PUT', '', split(percent))
      await expect.poll(() => weightSaid(places.agent), { timeout: 5000 }).toBe(`${percent}%\n`)
    },
    startGate: () => startGate(data.path, places),
    endServer: () => server.end('SIGKILL'),
    async close() {
      await server.end('SIGKILL')
      for (const app of apps) app.close()
      data.remove()
    },
  }
}

/** Answers with its name and what it was told, and has a cookie of its own. */
async function openApp(app: string): Promise<{ port: string; close: () => void }> {
  const server = createServer(({ headers }, response) => {
    const told = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-assay-')))
    if (!headers.cookie?.includes('basket=')) response.setHeader('set-cookie', 'basket=7; Path=/')
    response.end(JSON.stringify({ app, told }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: String((server.address() as AddressInfo).port), close }
}

const split = (percent: number) => ({
  branches: [
    { name: 'master', weight: 100 - percent },
    { name: 'canary', weight: percent },
  ],
  ...{ control: 'master', metrics: [] },
})

/** Changes the test `release`, each time in the version that the last change made. */
function changer({ url, keys }: { url: string; keys: { admin: string } }) {
  let version: string | null = null
  return async (method: string, step: string, body?: object) => {
    const reply = await fetch(`${url}/v1/apps/shop/tests/release${step}`, {
      method,
      headers: {
        authorization: `Bearer ${keys.admin}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(body && version && { 'if-match': version }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    expect([reply.status, await reply.text()]).toEqual([expect.toSatisfy((status) => status < 300), expect.anything()])
    version = reply.headers.get('etag') ?? version
  }
}

/** What the agent of a port says. */
export const weightSaid = (port: string): Promise<string> => text(connect(Number(port), '127.0.0.1'))

/** A running `assay gate`, with every door. */
export interface Gate {
  kill: () => Promise<void>
  /** Holds it; resolves when it does nothing more. */
  hold: () => Promise<void>
  goOn: () => void
}

async function startGate(data: string, places: Places): Promise<Gate> {
  const doors = ['--socket', places.socket, '--http', places.http]
  const agents = ['--agent', places.agent, '--agent-control', places.agentControl]
  const args = ['gate', '--app', 'shop', '--data', data, ...doors, ...agents, '--stale', '4s', '--json']
  const child = withParent(spawn(process.execPath, [ASSAY, ...args], { env: { PATH: process.env.PATH } }))
  await once(createInterface(child.stdout), 'line')
  // It may have been too busy to hear of the tests at its first look, and gives everybody the control meanwhile.
  while ((await fetch(`http://127.0.0.1:${places.http}/ready`)).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 50))
  const state = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]![0]
  return {
    async kill() {
      if (child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    },
    async hold() {
      child.kill('SIGSTOP')
      await expect.poll(state, { interval: 5 }).toBe('T')
    },
    goOn: () => void child.kill('SIGCONT'),
  }
}

/** Where nothing else is, for a program's own files. */
export const room = (world: World, name: string): string => join(world.folder, name)

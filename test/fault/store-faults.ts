import { setTimeout as sleep } from 'node:timers/promises'
import { between, type Fault, Impossible, networkFaults, under } from './fault.js'
import type { Installation } from './installation.js'
import type { Weather } from './network.js'

const MEGABYTE = 1024 * 1024

const killed: Fault = async (place, chance) => {
  await sleep(between(0, 400, chance))
  await place.server.end('SIGKILL')
  await place.startServer()
}

const paused: Fault = async ({ server }, chance) => {
  server.child.kill('SIGSTOP')
  await sleep(chance.long)
  server.child.kill('SIGCONT')
}

/** The server goes on by itself once there is room. */
const full: Fault = async ({ disks, server }, chance) => {
  if (disks.store === null) throw new Impossible('mounting a disk takes root')
  // The engine wants a megabyte for whatever it writes: with little more, some tables get their part and some do not.
  disks.store.fill(between(0, 1.5 * MEGABYTE, chance))
  await sleep(between(chance.long / 2, chance.long, chance))
  disks.store.empty()
  if (server.child.exitCode !== null || server.child.signalCode !== null) throw new Error('The full server ended.')
}

/** What a server says whose disk is full, and one that broke. */
const answer = (status: string, code: number, name: string): Weather => {
  const body = `Code: ${code}. DB::Exception: ${name}. (${name})\n`
  const head = `X-ClickHouse-Exception-Code: ${code}\r\nContent-Length: ${body.length}\r\nConnection: close`
  return { kind: 'answer', response: `HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}` }
}

const network = (place: Installation) => place.toStore

export const storeFaults: Record<string, Fault> = {
  'store killed': killed,
  'store paused': paused,
  'store disk full': full,
  ...networkFaults('store', network, 200),
  'store says full': under(answer('500 Internal Server Error', 243, 'NOT_ENOUGH_SPACE'), network),
  'store says broken': under(answer('503 Service Unavailable', 210, 'NETWORK_ERROR'), network),
}

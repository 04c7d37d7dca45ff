import { setTimeout as sleep } from 'node:timers/promises'
import { clientEvent } from './events.js'

export interface SteadyLoad {
  /** Ingests, which the clients share. */
  urls: string[]
  key: string
  app: string
  /** Events a second. */
  rate: number
  /** Ends the load. */
  signal: AbortSignal
}

const CLIENTS = 8
const BATCH = 100
const USERS = 100_000

/** Events at a steady rate, each with an id of its own. @returns how many were acknowledged; all were, else it throws */
export async function steady({ urls, key, app, rate, signal }: SteadyLoad): Promise<number> {
  const interval = (1000 * BATCH * CLIENTS) / rate
  let acknowledged = 0
  const client = async (c: number) => {
    // Not all at the same moment.
    await sleep((interval * c) / CLIENTS)
    for (let due = performance.now(); !signal.aborted; due += interval) {
      await sleep(Math.max(0, due - performance.now()))
      await post(urls[c % urls.length]!, key, batchOf(app))
      acknowledged += BATCH
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, c) => client(c)))
  return acknowledged
}

function batchOf(app: string): object[] {
  return Array.from({ length: BATCH }, () => ({ ...clientEvent(Math.floor(Math.random() * USERS)), app }))
}

export async function post(url: string, key: string, events: object[]): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`)
  const { accepted } = (await response.json()) as { accepted: number }
  if (accepted !== events.length) throw new Error(`Expected all of ${events.length} accepted; ${accepted} were.`)
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { freePort } from '@assay/infra/kafka/port'
import { text } from '../infra/files.js'

/** The addresses that the examples have, and what each stands for. */
const defaults = {
  web: '8080',
  control: '8001',
  canary: '8002',
  http: '4610',
  away: '4609',
  agent: '4611',
  agentControl: '4612',
  socket: '/run/assay/shop.sock',
}
export type Places = Record<keyof typeof defaults, string>

/** Addresses of this machine that are free, for a gate and a proxy before two apps. */
export async function freePlaces(folder: string, apps: { control: string; canary: string }): Promise<Places> {
  const ports = new Set<number>()
  while (ports.size < 5) ports.add(await freePort())
  const [web, http, away, agent, agentControl] = [...ports].map(String) as [string, string, string, string, string]
  return { ...apps, web, http, away, agent, agentControl, socket: join(folder, 'shop.sock') }
}

/** A gate on a busy machine may well take more than 100 ms, and everybody would rightly have the control meanwhile. */
const patient = (text: string) =>
  text.replaceAll('100ms', '1s').replace('settimeout(100)', 'settimeout(1000)').replace('SECONDS = 0.1', 'SECONDS = 1')

/** How long proxies wait for the gate in tests, in milliseconds. */
export const PATIENCE = 1000

/**
 * Files of `infra/examples` in a folder, with these addresses in place of their own, and ten times the patience.
 * @returns the first one's path
 */
export function placed(folder: string, files: readonly string[], places: Places): string {
  mkdirSync(folder, { recursive: true })
  const names = Object.keys(defaults) as (keyof Places)[]
  const found = new RegExp(names.map((name) => `(?<=[ :,])${defaults[name]}\\b`).join('|'), 'g')
  const nameOf = (address: string) => names.find((name) => defaults[name] === address)!
  for (const file of files)
    writeFileSync(
      join(folder, basename(file)),
      patient(text(`infra/examples/${file}`).replace(found, (address) => places[nameOf(address)])),
    )
  return join(folder, basename(files[0]!))
}

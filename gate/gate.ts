import type { AgentDoor } from './agent/agent.js'
import { Decisions } from './decide/decisions.js'
import { openDoors } from './doors.js'
import { followAloud } from './follow-aloud.js'
import { watchMaintenance } from './maintenance.js'
import { monitorBy, noMonitor } from './monitor.js'
import type { ProxySettings } from './proxy/proxy.js'
import { openReporters } from './report/reporters.js'
import { Statsd, type StatsdOptions } from './statsd.js'

/** An app of the gate, and one of its tests unless the current one is meant. */
export interface Target {
  app: string
  test?: string | undefined
}

export interface GateOptions {
  url: string
  /** A write key. */
  key: string
  apps: readonly string[]
  /** The test of addresses that name none. */
  test?: string | undefined
  /** Address of the HTTP door, of the proxy and of agents. */
  host: string
  sockets: readonly (Target & { path: string })[]
  /** Port of the HTTP door. */
  http?: number | undefined
  /** Whether the HTTP door reports the users who count in a test by what it told of them. */
  expose?: boolean | undefined
  /** The proxy, of one app's test. */
  proxy?: (Target & ProxySettings) | undefined
  /** Agents of servers: of the canary, or with `isControl` of the control. */
  agents: readonly (Target & { port: number; isControl?: boolean })[]
  /** Milliseconds without an answer of the server after which everybody goes to the control. */
  stale: number
  /** While this file is there, everybody goes to the control. */
  maintenance?: string | undefined
  statsd?: StatsdOptions | undefined
  /** Hears of each change of what is known of an app. */
  onNotice?: (notice: Notice) => void
}

export interface Notice {
  app: string
  /** Whether its tests are known as they are now; otherwise everybody has the control. */
  isFresh: boolean
  /** What went wrong at the last look, or which tests were malformed. */
  reason: string
}

export interface Gate {
  sockets: readonly string[]
  http: string | undefined
  proxy: string | undefined
  agents: readonly AgentDoor[]
  close(): Promise<void>
}

/** Opens every door, or none. @throws AssayError `config-invalid`, or what the system says of an address that is taken */
export async function startGate(options: GateOptions): Promise<Gate> {
  const statsd = options.statsd && new Statsd(options.statsd)
  const monitor = statsd ? monitorBy(statsd) : noMonitor
  const maintenance = options.maintenance === undefined ? undefined : watchMaintenance(options.maintenance)
  const followed = options.apps.map((app) => followAloud(app, options, monitor))
  const isClosed = () => maintenance?.isOn() ?? false
  const decisions = new Map(followed.map((one) => [one.app, new Decisions(one, isClosed)]))
  const closing: (() => Promise<unknown>)[] = followed.map((one) => one.close)
  const reporters = openReporters(options, (count) => monitor.dropped('events', count))
  const close = async () => {
    await Promise.all(closing.map((end) => end()))
    // What the doors had to say until now goes last.
    await reporters.close()
    maintenance?.close()
    statsd?.close()
  }
  try {
    await Promise.all(followed.map(({ ready }) => ready))
    const isReady = () => followed.every((one) => one.isFresh())
    return { ...(await openDoors(options, { decisions, isReady, monitor, reporters, closing })), close }
  } catch (error) {
    await close()
    throw error
  }
}

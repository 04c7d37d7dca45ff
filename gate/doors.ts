import { type AgentDoor, openAgent, percentOf } from './agent/agent.js'
import type { Decisions } from './decide/decisions.js'
import type { Gate, GateOptions } from './gate.js'
import { type OnVisit, openHttp } from './http/http.js'
import { countedOf } from './http/visit.js'
import type { Monitor } from './monitor.js'
import { openProxy, type ProxyOptions } from './proxy/proxy.js'
import type { Reporters } from './report/reporters.js'
import { answer } from './socket/answer.js'
import type { Service } from './socket/connection.js'
import { openSocket } from './socket/socket.js'

interface Parts {
  /** By app. */
  decisions: ReadonlyMap<string, Decisions>
  isReady(): boolean
  monitor: Monitor
  reporters: Reporters
  /** What closes each door is added here, so that those which were opened close where a later one fails. */
  closing: (() => Promise<unknown>)[]
}

/** Opens the doors one after the other. */
export async function openDoors(options: GateOptions, parts: Parts): Promise<Omit<Gate, 'close'>> {
  const { decisions, isReady, closing } = parts
  const { host, test } = options
  const open = <Door extends { close(): Promise<unknown> }>(door: Door): Door => {
    closing.push(() => door.close())
    return door
  }
  for (const { app, test, path } of options.sockets)
    open(await openSocket(path, socketService(decisions.get(app)!, test, parts.monitor)))
  const http = options.http
  const onVisit = options.expose ? exposeBy(parts) : undefined
  const url =
    http === undefined
      ? undefined
      : open(await openHttp({ host, port: http, apps: decisions, test, isReady, onVisit })).url
  const proxy = options.proxy && open(await openProxy(proxyOptions(options.proxy, host, parts))).url
  const agents: AgentDoor[] = []
  for (const { app, test, port, isControl } of options.agents) {
    const canary = () => percentOf(decisions.get(app)!.rollout(test))
    agents.push(open(await openAgent({ host, port, percent: isControl ? () => 100 - canary() : canary })))
  }
  return { sockets: options.sockets.map(({ path }) => path), http: url, proxy, agents }
}

function proxyOptions(
  { app, ...settings }: NonNullable<GateOptions['proxy']>,
  host: string,
  parts: Parts,
): ProxyOptions {
  const { monitor, reporters } = parts
  return { ...settings, host, decisions: parts.decisions.get(app)!, reporter: reporters.of(app), monitor }
}

function exposeBy({ decisions, reporters }: Parts): OnVisit {
  return (app, visit) => {
    const counted = decisions.has(app) && countedOf(visit, decisions.get(app)!)
    if (counted) reporters.of(app).exposed(counted)
  }
}

function socketService(decisions: Decisions, test: string | undefined, monitor: Monitor): Service {
  return {
    answer(request) {
      const { assignment, location, error } = answer(request, decisions, test)
      monitor.handled(error === undefined ? location : null)
      return `${assignment}\n${location}\n\n`
    },
    served: monitor.served,
  }
}

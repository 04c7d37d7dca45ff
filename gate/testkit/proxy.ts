import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { onTestFinished } from 'vitest'
import type { Decisions } from '../decide/decisions.js'
import { type Monitor, noMonitor } from '../monitor.js'
import { openProxy, type ProxySettings } from '../proxy/proxy.js'
import { Reporter } from '../report/reporter.js'
import { FakeServer } from './server.js'
import { decisionsBy, release } from './tests.js'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export interface Asked {
  path?: string
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string
}

interface Options extends Partial<ProxySettings> {
  upstreams: Record<string, string>
  decisions?: Decisions
  monitor?: Partial<Monitor>
}

/** A proxy in front of these upstreams; without other decisions everybody has the canary, `next`. */
export async function proxy({ decisions = decisionsBy(release(1)), monitor, ...settings }: Options) {
  const told = await FakeServer.start({})
  const reporter = new Reporter({ url: told.url, key: 'w', app: 'shop', instance: 'gate:test' })
  const door = await openProxy({
    ...{ host: '127.0.0.1', port: 0, timeout: 10_000, decisions, reporter, monitor: { ...noMonitor, ...monitor } },
    ...settings,
  })
  const close = async () => {
    await door.close()
    await reporter.close()
  }
  onTestFinished(close)
  const port = Number(new URL(door.url).port)
  return { url: door.url, port, told, reporter, close, ask: (asked: Asked = {}) => ask(port, asked) }
}

/** Asks on a connection of its own. */
export function ask(port: number, { path = '/', method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
      let text = ''
      try {
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        resolve({ status: response.statusCode!, headers: response.headers, body: text })
      } catch (error) {
        reject(error)
      }
    })
    sent.on('error', reject).end(body)
  })
}

import autocannon from 'autocannon'
import { gateChild } from './gate-child.js'
import { atLeast, compared, type Figure, median } from './measure.js'
import { page, proxyTo } from './nginx.js'
import { secondsOr } from './options.js'

const ROUNDS = 5
const CONNECTIONS = 64
const USERS = 500
/** Of nginx, which is C and does not assign, count or tell. */
const GOAL = 0.2

/** Requests a second through the gate's proxy, and through nginx in front of the same app; rounds in turn, medians. */
export async function proxy(): Promise<Figure[]> {
  const app = await page()
  const front = await proxyTo(app.url)
  const upstreams = ['--upstream', `control=${app.url}`, '--upstream', `next=${app.url}`]
  const gate = await gateChild(['--test', 'release', '--proxy', '0', ...upstreams])
  const doors = { gate: gate.doors.proxy!, nginx: front.url, app: app.url }
  for (const url of Object.values(doors)) await load(url, 2)
  const rounds: Record<keyof typeof doors, Load>[] = []
  for (let i = 0; i < ROUNDS; i++)
    rounds.push({ gate: await load(doors.gate), nginx: await load(doors.nginx), app: await load(doors.app) })
  await Promise.all([gate.end(), front.end(), app.end()])
  const of = (door: keyof typeof doors, what: keyof Load) => median(rounds.map((round) => round[door][what]))
  const rate = (door: keyof typeof doors) => of(door, 'rate')
  return [
    atLeast('requests through the proxy', rate('gate'), '/s', 'nginx as a proxy', rate('nginx'), GOAL),
    compared('nginx as a proxy', rate('nginx'), '/s', 'the app itself', rate('app')),
    compared(
      'the median request through the proxy',
      of('gate', 'median'),
      'ms',
      'nginx as a proxy',
      of('nginx', 'median'),
    ),
  ]
}

interface Load {
  rate: number
  /** Milliseconds. */
  median: number
}

/** 64 connections that send as fast as they are answered, of users who come again. */
async function load(url: string, seconds = secondsOr(4)): Promise<Load> {
  const requests = Array.from({ length: USERS }, (_, i) => ({ headers: { cookie: `assay=1.user-${1000 + i}` } }))
  const { latency, duration, ...result } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    requests,
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
  return { rate: result['2xx'] / duration, median: latency.p50 }
}

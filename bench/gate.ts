import { type ChildProcess, fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { gateChild } from './gate-child.js'
import { atLeast, below, compared, type Figure, median, quantile } from './measure.js'
import { megabytes } from './memory.js'
import { secondsOr } from './options.js'
import { slope } from './slope.js'

const ROUNDS = 5
const SECONDS = secondsOr(3)
const CONNECTIONS = [1, 16, 64] as const
/** Requests that a connection which stays open has under way. */
const PIPELINED = 200
const MEMORY_SECONDS = secondsOr(60)

/** Every door of the gate, with its metrics on, beside Node's own servers that decide nothing; rounds in turn, medians. */
export async function gate(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const [own, plain] = [join(folder, 'gate.sock'), join(folder, 'bare.sock')]
  const sink = createSocket('udp4')
  sink.bind(0, '127.0.0.1')
  await once(sink, 'listening')
  const subject = await gateChild(['--socket', own, '--http', '0', '--statsd', `127.0.0.1:${sink.address().port}`])
  const bare = fork(fileURLToPath(new URL('./bare-doors.js', import.meta.url)), [plain])
  const [bareHttp] = (await once(bare, 'message')) as [string]
  try {
    const figures: Figure[] = []
    for (const connections of CONNECTIONS) figures.push(...(await sockets(own, plain, connections)))
    figures.push(await http(`${subject.doors.http}/v1/gate/shop/release`, bareHttp))
    return [...figures, ...(await kept(own, subject.pid))]
  } finally {
    await subject.end()
    await ended(bare)
    sink.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

interface Load {
  /** A second. */
  rate: number
  /** Milliseconds. */
  p99: number
}

/** One request a connection, as the original's clients send them. */
async function sockets(own: string, plain: string, connections: number): Promise<Figure[]> {
  const rounds: { own: Load; plain: Load }[] = []
  for (let i = 0; i < ROUNDS; i++)
    rounds.push({ own: await asked(own, connections), plain: await asked(plain, connections) })
  const of = (who: 'own' | 'plain', what: keyof Load) => median(rounds.map((round) => round[who][what]))
  const name = `socket, ${connections} at once`
  return [
    atLeast(name, of('own', 'rate'), 'decisions/s', 'a bare Node socket', of('plain', 'rate'), 0.7),
    compared(`${name}, p99`, of('own', 'p99'), 'ms', 'a bare Node socket', of('plain', 'p99')),
  ]
}

async function asked(path: string, connections: number): Promise<Load> {
  const end = performance.now() + SECONDS * 1000
  const took: number[] = []
  const client = async () => {
    while (performance.now() < end) {
      const started = performance.now()
      await once(connect(path).end('\n').resume(), 'close')
      took.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  return { rate: took.length / SECONDS, p99: quantile(took, 0.99) }
}

async function http(url: string, bare: string): Promise<Figure> {
  const load = async (url: string) => {
    const headers = { cookie: 'assay=1.user-1000' }
    const result = await autocannon({ url, connections: 64, duration: SECONDS, headers })
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
    return result['2xx'] / result.duration
  }
  const rounds: [number, number][] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push([await load(url), await load(bare)])
  const [own, limit] = [0, 1].map((i) => median(rounds.map((round) => round[i]!))) as [number, number]
  return atLeast('HTTP door', own, 'decisions/s', 'a bare Node server', limit, 0.8)
}

/** Connections that stay open; and what the gate's own memory grows by under them. */
async function kept(path: string, pid: number): Promise<Figure[]> {
  await many(path, 2)
  const [at, own]: [number[], number[]] = [[], []]
  const sampling = setInterval(() => {
    at.push(performance.now() / 60_000)
    own.push(megabytes(pid, 'RssAnon'))
  }, 1000)
  const rate = await many(path, MEMORY_SECONDS)
  clearInterval(sampling)
  return [
    atLeast('socket, connections that stay open', rate, 'decisions/s', 'what is wanted', 150_000, 1),
    below('memory under load, its growth', slope(at, own).slope, 'MB a minute', 5),
  ]
}

/** @returns decisions a second, on 16 connections with requests under way */
async function many(path: string, seconds: number): Promise<number> {
  const request = Buffer.from('0.25\n'.repeat(PIPELINED))
  let answered = 0
  const sockets = Array.from({ length: 16 }, () => {
    const socket = connect(path)
    let open = 0
    socket.on('data', (chunk: Buffer) => {
      // An answer is a number, a branch and an empty line.
      for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) open++
      const whole = Math.floor(open / 3)
      answered += whole
      open -= 3 * whole
      socket.write(request.subarray(0, 5 * whole))
    })
    socket.write('keep\n')
    socket.write(request)
    return socket
  })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  for (const socket of sockets) socket.destroy()
  return answered / seconds
}

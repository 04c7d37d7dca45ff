import { connect } from 'node:net'
import { printable } from '@assay/core/event'
import { openHttp } from '../http/http.js'
import { answer } from '../socket/answer.js'
import { openSocket } from '../socket/socket.js'
import { tempPath } from './temp.js'
import { decisionsBy, release } from './tests.js'

/** Numbers of [0, 1), the same for a seed (mulberry32). */
export function randomBy(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Random = () => number

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

const numbers = [
  '0.5',
  '-0',
  '1e-1',
  '0x1p-2',
  '.2',
  'NaN',
  'inf',
  '1_0',
  '0.1\n0.2',
  '',
  'user=ann',
  'user=',
  'keep\n',
  'keep\n0.1',
]
const paths = [
  '/v1/gate/shop',
  '/v1/gate/shop/release',
  '/v1/gate/shop/-/cart',
  '/v1/gate/other',
  '/v1/gate/shop/%E0%A4%A',
  '/ready',
  '/',
]
export const cookies = [
  'assay=1.V1StGXR8_Z5jdHi6B-myT',
  'assay=1.V1StGXR8|release:master',
  'assay=',
  'a=b',
  'assay=2.x',
  '__proto__=1',
]

/** Some of its bytes changed, put in, taken out or repeated; often none. */
export function damaged(random: Random, text: string): Buffer {
  let bytes = Buffer.from(text, 'latin1')
  while (random() < 0.6) {
    const at = Math.floor(random() * (bytes.length + 1))
    const cut = Math.floor(random() * 3)
    const put = Buffer.from(Array.from({ length: Math.floor(random() * 4) }, () => Math.floor(random() * 256)))
    bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
    if (random() < 0.01) bytes = Buffer.concat(Array.from({ length: 2000 }, () => bytes))
    if (bytes.length > 200_000) break
  }
  return bytes
}

export const socketInput = (random: Random): Buffer =>
  Buffer.concat([damaged(random, pick(random, numbers)), Buffer.from(random() < 0.9 ? '\n' : '')])

export function httpInput(random: Random): Buffer {
  const headers = [
    `Cookie: ${pick(random, cookies)}`,
    'X-Assay-User: ann',
    'Content-Length: 3',
    'DNT: 1',
    'Expect: 100-continue',
  ]
  const chosen = ['Host: x', ...headers.filter(() => random() < 0.3)].join('\r\n')
  return damaged(
    random,
    `${pick(random, ['GET', 'POST', 'get', 'CONNECT'])} ${pick(random, paths)} HTTP/1.1\r\n${chosen}\r\n\r\n`,
  )
}

/** Doors of a test whose users all have the canary: whoever has not is there because of what was sent. */
export async function hostileDoors(): Promise<{ path: string; port: number; close(): Promise<void> }> {
  const decisions = decisionsBy(release(1))
  const path = tempPath('gate.sock')
  const socket = await openSocket(path, {
    answer(request) {
      const { assignment, location } = answer(request, decisions)
      return `${assignment}\n${location}\n\n`
    },
    served() {},
  })
  const http = await openHttp({ host: '127.0.0.1', port: 0, apps: new Map([['shop', decisions]]), isReady: () => true })
  return {
    ...{ path, port: Number(new URL(http.url).port) },
    async close() {
      await socket.close()
      await http.close()
    },
  }
}

/** What comes back to these bytes and the end of what is sent. */
export async function send(door: string | number, bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = []
  const socket = typeof door === 'string' ? connect(door) : connect(door, '127.0.0.1')
  // One that is reset may have been answered before.
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
  socket.end(bytes)
  await new Promise((resolve) => socket.on('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

/** Whether one request may have been meant as a number that is not out of range, as a user, or as a new one. */
const mayBeCanary = (request: string) =>
  request === '' || /^[-+.\d_epxa-f]*\d[-+.\d_epxa-f]*$/i.test(request) || /^user=[^\ufffd]+$/.test(printed(request))

/** Its bytes as UTF-8, as far as they are printable. */
function printed(request: string): string {
  const text = Buffer.from(request, 'latin1').toString()
  return printable(text) ? text : ''
}

/** What is wrong with the socket's answer to these bytes; empty if nothing is. */
export function wrongOfSocket(bytes: Buffer, answer: string): string {
  const request = bytes.toString('latin1')
  const lines = request.startsWith('keep\n') ? request.slice(5).split('\n').slice(0, -1) : [request.slice(0, -1)]
  const answers = answer.split('\n\n').slice(0, -1)
  // One by one: a pattern of all of them takes more stack than there is where they are many.
  const isWhole = `${answers.join('\n\n')}${answers.length > 0 ? '\n\n' : ''}` === answer
  if (!isWhole || !answers.every((one) => /^[^\n]+\n(master|canary)$/.test(one))) return 'not of the protocol'
  if (request.endsWith('\n') && answers.length !== lines.length) return `${answers.length} answers to ${lines.length}`
  const wrong = answers.find((one, i) => one.endsWith('\ncanary') && !mayBeCanary(lines[i]!))
  return wrong === undefined ? '' : `sent to the canary: ${wrong}`
}

/** The same of the HTTP door. */
export function wrongOfHttp(bytes: Buffer, answer: string): string {
  const [first = ''] = bytes.toString('latin1').split('\r\n', 1)
  if (answer !== '' && !/^HTTP\/1\.1 \d{3} /.test(answer)) return 'no HTTP'
  for (const response of answer.split(/(?=HTTP\/1\.1 \d{3} )/)) {
    if (/^x-assay/im.test(response) && !response.startsWith('HTTP/1.1 200 ')) return 'a branch beside another status'
    if (/^x-assay-branch: next/im.test(response) && !first.includes('/v1/gate/')) return 'sent to the canary'
  }
  return ''
}

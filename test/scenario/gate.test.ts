import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ASSAY, type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'
import { withParent } from '../support/with-parent.js'

let data: ReturnType<typeof makeTempDir>
let server: ServerProcess
let path: string
beforeAll(async () => {
  data = makeTempDir()
  path = join(data.path, 'gate.sock')
  server = (await startServer(data.path))!
  await change('PUT', '', {
    branches: [
      { name: 'master', weight: 9 },
      { name: 'next', weight: 1 },
    ],
    ...{ control: 'master', metrics: [] },
  })
  await change('POST', '/start')
  await change('POST', '/current')
})
afterAll(async () => {
  await server.end('SIGTERM')
  data.remove()
})

async function change(method: string, step: string, body?: object, match?: string): Promise<void> {
  const reply = await fetch(`${server.url}/v1/apps/shop/tests/release${step}`, {
    method,
    headers: {
      authorization: `Bearer ${server.keys.admin}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(match && { 'if-match': match }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(reply.ok).toBe(true)
}

/** The built `assay gate`, as it prints that it is up. */
async function startGate() {
  const args = [
    'gate',
    '--app',
    'shop',
    '--data',
    data.path,
    '--socket',
    path,
    '--http',
    '0',
    '--stale',
    '2s',
    '--json',
  ]
  const child = withParent(spawn(process.execPath, [ASSAY, ...args], { env: { PATH: process.env.PATH } }))
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
  const [line] = await Promise.all([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
  ])
  const { http } = JSON.parse(line) as { http: string }
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return { http, end }
}

const ask = async (request: string) => {
  const socket = connect(path)
  socket.write(request)
  return text(socket)
}
const weights = (master: number, next: number, match: string) =>
  change(
    'PUT',
    '',
    {
      branches: [
        { name: 'master', weight: master },
        { name: 'next', weight: next },
      ],
      ...{ control: 'master', metrics: [] },
    },
    match,
  )

test('a canary grows, is stopped and outlives its gate, and without its server there is none', async () => {
  const first = await startGate()
  expect([await ask('0.05\n'), await ask('0.15\n')]).toEqual(['0.05\ncanary\n\n', '0.15\nmaster\n\n'])
  await weights(1, 1, '"2"')
  await expect.poll(() => ask('0.15\n'), { timeout: 5000 }).toBe('0.15\ncanary\n\n')
  const { headers } = await fetch(`${first.http}/v1/gate/shop`)
  expect(headers.get('x-assay-branch')).toMatch(/^(master|next)$/)
  expect(headers.get('set-cookie')).toContain(`assay=1.${headers.get('x-assay-user')}`)

  expect(await first.end('SIGKILL')).toBe('SIGKILL')
  expect(existsSync(path)).toBe(true)
  const second = await startGate()
  expect(await ask('0.15\n')).toBe('0.15\ncanary\n\n')
  await weights(1, 0, '"3"')
  await expect.poll(() => ask('0\n'), { timeout: 5000 }).toBe('0\nmaster\n\n')
  await weights(0, 1, '"4"')
  await expect.poll(() => ask('0.99\n'), { timeout: 5000 }).toBe('0.99\ncanary\n\n')

  await server.end('SIGKILL')
  await expect.poll(() => ask('0\n'), { timeout: 6000 }).toBe('0\nmaster\n\n')
  expect(await second.end('SIGTERM')).toBe(0)
  expect(existsSync(path)).toBe(false)
})

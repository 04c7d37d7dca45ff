import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ASSAY, type ServerProcess, startServer } from '../support/server-process.js'
import { makeTempDir } from '../support/temp.js'
import { withParent } from '../support/with-parent.js'

const data = makeTempDir()
const path = join(data.path, 'gate.sock')
let server: ServerProcess
let gate: ReturnType<typeof spawn>
beforeAll(async () => {
  server = (await startServer(data.path))!
  await change('PUT', '/tests/release', {
    branches: ['master', 'next'].map((name) => ({ name, weight: 1 })),
    ...{ control: 'master', metrics: [] },
    rollout: {
      steps: [{ weight: 0.05, bake: 3600 }],
      // A canary may not be worse at all.
      guardrails: [{ kind: 'errors', margin: 0 }],
      ...{ suspendAlpha: 0.001, resumeAfter: 3600 },
    },
  })
  await change('POST', '/tests/release/rollout', { action: 'begin' })
  await change('POST', '/tests/release/current')
  const args = ['gate', '--app', 'shop', '--data', data.path, '--socket', path, '--json']
  gate = withParent(spawn(process.execPath, [ASSAY, ...args], { env: { PATH: process.env.PATH } }))
  await new Promise((resolve) => createInterface(gate.stdout!).once('line', resolve))
})
afterAll(async () => {
  gate.kill('SIGKILL')
  await server.end('SIGTERM')
  data.remove()
})

async function change(method: string, address: string, body?: object): Promise<unknown> {
  const reply = await fetch(`${server.url}/v1/apps/shop${address}`, {
    method,
    headers: {
      authorization: `Bearer ${server.keys.admin}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  expect(reply.ok, text).toBe(true)
  return text === '' ? null : JSON.parse(text)
}

const canary = async () => {
  const reply = await fetch(`${server.url}/v1/apps/shop/canary`, {
    headers: { authorization: `Bearer ${server.keys.read}` },
  })
  return (await reply.json()) as Record<string, unknown>
}

/** A connection that stays open, on which the gate says of any number of users where they go. */
class Asking {
  readonly #socket: Socket = connect(path)
  #answers = ''
  #wanted: { lines: number; resolve: (answer: string) => void } | null = null

  constructor() {
    this.#socket.setEncoding('utf8').on('data', (text: string) => {
      this.#answers += text
      const lines = this.#answers.split('\n')
      if (this.#wanted === null || lines.length <= this.#wanted.lines) return
      this.#wanted.resolve(this.#answers)
      this.#answers = ''
      this.#wanted = null
    })
    this.#socket.write('keep\n')
  }

  /** Whether each of these users has the canary. */
  async of(users: readonly string[]): Promise<boolean[]> {
    const answer = new Promise<string>((resolve) => {
      this.#wanted = { lines: 3 * users.length, resolve }
    })
    this.#socket.write(users.map((user) => `user=${user}\n`).join(''))
    return (await answer).split('\n\n', users.length).map((one) => one.endsWith('canary'))
  }

  close = () => this.#socket.destroy()
}

const TENTH = 100
/** Requests in a tenth of a second: 500 a second. */
const BATCH = 50

/** How many of a branch's requests fail: as evenly as can be, so that how long it takes hangs on no luck. */
function evenly(rate: number): () => boolean {
  let owed = 0
  return () => {
    owed += rate
    if (owed < 1) return false
    owed -= 1
    return true
  }
}

/**
 * An app behind the gate: 500 requests a second by new users, each told of as it is answered, until the gate sends
 * nobody to the canary any more. @returns seconds
 */
async function secondsUntilGone(errors: { canary: number; control: number }, most: number): Promise<number | null> {
  const asking = new Asking()
  const fails = [evenly(errors.control), evenly(errors.canary)] as const
  const started = performance.now()
  let [batches, withCanary] = [0, started]
  try {
    while (performance.now() - started < most * 1000) {
      const users = Array.from({ length: BATCH }, (_, i) => `${started}-${batches * BATCH + i}`)
      const isCanary = await asking.of(users)
      if (isCanary.some(Boolean)) withCanary = performance.now()
      // At 5 % a second without any has a chance of 10⁻¹¹.
      else if (performance.now() - withCanary > 1000) return (withCanary - started) / 1000
      const events = users.map((user, i) => {
        const isOfCanary = isCanary[i]!
        const outcome = fails[isOfCanary ? 1 : 0]() ? 'error' : 'ok'
        const tests = { release: isOfCanary ? 'next' : 'master' }
        return { app: 'shop', user, event: '$request', value: 20, tests, props: { outcome } }
      })
      const headers = { authorization: `Bearer ${server.keys.write}`, 'content-type': 'application/json' }
      await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
      batches++
      await sleep(Math.max(0, started + batches * TENTH - performance.now()))
    }
    return null
  } finally {
    asking.close()
  }
}

test('a canary that fails three times as often as its control has no users within 35 seconds', {
  timeout: 90_000,
}, async () => {
  const seconds = await secondsUntilGone({ canary: 0.03, control: 0.01 }, 60)
  console.log(`3 % beside 1 %: gone after ${seconds?.toFixed(1)} s`)
  expect(seconds).toBeLessThanOrEqual(35)
  expect(await canary()).toMatchObject({ verdict: 'unhealthy', stage: 'suspended', weight: 0, testId: 'release' })
})

test('a burst of errors is over within five seconds', { timeout: 60_000 }, async () => {
  await change('POST', '/tests/release/rollout', { action: 'resume' })
  const steady = () => secondsUntilGone({ canary: 0.01, control: 0.01 }, 3)
  await expect.poll(steady, { timeout: 20_000 }).toBeNull()
  const seconds = await secondsUntilGone({ canary: 0.3, control: 0.01 }, 30)
  console.log(`30 % beside 1 %: gone after ${seconds?.toFixed(1)} s`)
  expect(seconds).toBeLessThanOrEqual(5)
  const { reasons } = (await canary()) as { reasons: object[] }
  expect(reasons).toContainEqual(expect.objectContaining({ reason: 'suspect', guardrail: 'errors' }))
})

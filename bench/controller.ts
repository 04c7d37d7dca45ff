import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rollout } from '@assay/controller/rollout'
import { TrafficStream } from '@assay/controller/stream'
import { NOON, TestOf } from '@assay/controller/testkit/test'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { endsOf, type Log } from '@assay/core/log/log'
import { compared, type Figure, median } from './measure.js'
import { eventsOr } from './options.js'

const ROUNDS = 5
const PER_SECOND = 500
const BATCH = 10_000

/** How fast a controller that takes over reads a rollout's traffic again, and how fast the log is read without it. */
export async function controller(): Promise<Figure> {
  const events = eventsOr(1_000_000)
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const log = openLmdbLog(path)
  try {
    await fill(log, events)
    const rounds: { evidence: number; plain: number }[] = []
    for (let i = 0; i < ROUNDS; i++)
      rounds.push({ evidence: await timed(() => judged(log)), plain: await timed(() => readOnly(log)) })
    const rate = (of: 'evidence' | 'plain') => events / median(rounds.map((round) => round[of]))
    return compared('traffic read again by a new leader', rate('evidence'), 'events/s', 'the log alone', rate('plain'))
  } finally {
    await log.close()
    rmSync(path, { recursive: true, force: true })
  }
}

/** Two guardrails of 500 requests a second, of which 5 % are the canary's and 1 % fail. */
const policy = { guardrails: [{ kind: 'errors' }, { kind: 'latency' }], steps: [{ weight: 0.05, bake: 86_400 }] }

async function fill(log: Log, events: number): Promise<void> {
  for (let from = 0; from < events; from += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, events - from) }, (_, i) => entryOf(from + i))
    await log.append('assay.events', entries)
  }
}

function entryOf(n: number) {
  const received = NOON + Math.floor((n * 1000) / PER_SECOND)
  const common = { app: 'shop', user: `u${n % 50_000}`, id: `e${n}`, received }
  const tests = { t: n % 20 === 0 ? 'new@2' : 'master@2' }
  const props = { outcome: n % 100 === 7 ? 'error' : 'ok' }
  const event = { ...common, event: '$request', value: 20 + (n % 100), time: received, tests, props }
  return { ...common, value: JSON.stringify(event) }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return (performance.now() - started) / 1000
}

async function judged(log: Log): Promise<void> {
  const { watch } = new Rollout('shop', 't', new TestOf(policy).state)
  const stream = await TrafficStream.from(log, NOON, () => true)
  const ends = await endsOf(log)
  while (!stream.hasReached(ends)) await stream.advance((observed) => watch.take(observed, Date.now()))
  if (watch.requests === 0) throw new Error('Expected requests of the canary; none came.')
}

async function readOnly(log: Log): Promise<void> {
  for (let at = 0; ; ) {
    const records = await log.read('assay.events', 0, at, { records: 5000, bytes: 1024 * 1024 })
    if (records.length === 0) return
    at = records.at(-1)!.offset + 1
  }
}

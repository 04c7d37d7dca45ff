import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { GROUP } from '@assay/aggregator/claim'
import { between, type Fault, pick } from './fault.js'
import type { Installation, Stage } from './installation.js'

/** Kills one process of a stage at some moment, and starts another. */
const killed =
  (stage: Stage): Fault =>
  async (place, chance) => {
    await sleep(between(0, 400, chance))
    await pick(place.of(stage), chance).end('SIGKILL')
    await place.start(stage)
  }

/** Stops a process as if its machine slept, until its partitions moved, and wakes it. */
const zombie: Fault = async (place, chance) => {
  const sleeper = pick(place.of('aggregator'), chance)
  sleeper.child.kill('SIGSTOP')
  await sleep(chance.long)
  sleeper.child.kill('SIGCONT')
}

/** One aggregator comes and goes, and meanwhile members that take partitions and do nothing with them. */
const rebalances: Fault = async (place, chance) => {
  const guest = place.start('aggregator')
  const storm = [0, 1, 2].map(() => passingMember(place, between(0, 600, chance), between(0, 400, chance)))
  await Promise.all([guest, ...storm])
  await sleep(between(0, 300, chance))
  await (await guest).end(chance.random() < 0.5 ? 'SIGKILL' : 'SIGTERM')
}

async function passingMember({ log }: Installation, before: number, stay: number): Promise<void> {
  await sleep(before)
  const member = await log.join(GROUP, 'assay.events', () => {})
  await sleep(stay)
  await member.leave()
}

/** All stages' clocks go wrong by up to a day, then right. */
const clocks: Fault = async (place, chance) => {
  for (const off of [between(-86_400_000, 86_400_000, chance), 0]) {
    writeFileSync(place.clockFile, String(off))
    for (const { child } of place.running) child.kill('SIGUSR2')
    await sleep(300)
  }
}

export const processFaults: Record<string, Fault> = {
  'ingest killed': killed('ingest'),
  'aggregator killed': killed('aggregator'),
  'query-api killed': killed('query-api'),
  zombie,
  rebalances,
  'clocks wrong': clocks,
}

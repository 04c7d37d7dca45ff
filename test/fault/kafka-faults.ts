import { setTimeout as sleep } from 'node:timers/promises'
import { between, type Fault, Impossible, networkFaults } from './fault.js'

const killed: Fault = async (place) => {
  await place.broker.kill()
  await place.broker.restart()
}

const paused: Fault = async (place, chance) => {
  place.broker.pause()
  await sleep(chance.long)
  place.broker.resume()
}

/** A broker that cannot write gives its only folder up and ends; whoever runs it makes room and starts it again. */
const full: Fault = async ({ broker, disks }, chance) => {
  if (disks.broker === null) throw new Impossible('mounting a disk takes root')
  disks.broker.fill(between(0, 50_000, chance))
  const ended = broker.exited.then(() => true)
  const gone = await Promise.race([ended, sleep(2 * chance.long, false)])
  disks.broker.empty()
  if (!gone) await broker.kill()
  await broker.restart()
}

export const kafkaFaults: Record<string, Fault> = {
  'broker killed': killed,
  'broker paused': paused,
  'broker disk full': full,
  ...networkFaults('broker', (place) => place.toBroker, 100),
}

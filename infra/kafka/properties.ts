import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ports } from './port.js'

/** Settings of a broker. */
export type Properties = Record<string, string | number | boolean>

/** One node that is broker and controller, with clients at 127.0.0.1; `bind` is other than that only in a container. */
export function oneNode({ broker, controller, proxied }: Ports, bind = '127.0.0.1'): Properties {
  const [second, advertised] =
    proxied === undefined ? ['', ''] : [`,PROXIED://127.0.0.1:${proxied.port}`, `,PROXIED://127.0.0.1:${proxied.proxy}`]
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://${bind}:${broker}${second},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}${advertised}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'auto.create.topics.enable': false,
    // Kafka's defaults want three nodes, and 50 partitions for what fits into one.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    // Nobody else is about to join the group.
    'group.initial.rebalance.delay.ms': 0,
    // After a SIGKILL the controller keeps the broker out until its old session has ended, by default for 9 s. Less
    // leaves a heartbeat little time to reach a disk that other tests keep busy.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    // Nobody watches it by JMX, and to register what it could show takes a seventh of a start.
    'metric.reporters': '',
    // 128 MB of the heap otherwise, at the start.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
  }
}

/** Writes the file a broker with its data in `log` starts with, and gives its path. */
export function writeProperties(folder: string, ports: Ports, log: string, others: Properties = {}): string {
  const path = join(folder, 'server.properties')
  const properties = { ...oneNode(ports), ...others, 'log.dirs': log }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(path, lines.join(''))
  return path
}

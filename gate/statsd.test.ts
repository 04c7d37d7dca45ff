import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { monitorBy } from './monitor.js'
import { Statsd } from './statsd.js'

/** Packets that come to a port, as they come. */
async function receiver() {
  const packets: string[] = []
  const socket = createSocket('udp4').on('message', (bytes) => packets.push(bytes.toString()))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void socket.close())
  return { packets, port: (socket.address() as AddressInfo).port }
}

test('what maxwells-daemon counts comes under its names, added up', async () => {
  const { packets, port } = await receiver()
  const statsd = new Statsd({ host: '127.0.0.1', port, prefix: 'maxwellsdaemon' })
  const monitor = monitorBy(statsd)
  for (const location of ['master', 'master', 'canary', null]) {
    monitor.handled(location)
    monitor.served(true, 0.7)
  }
  monitor.served(false, 1001)
  monitor.updated(true)
  monitor.updated(false)
  statsd.close()
  await expect.poll(() => packets).toHaveLength(1)
  expect(packets[0]!.split('\n').sort()).toEqual(
    [
      '',
      'maxwellsdaemon.handler.failure:1|c',
      'maxwellsdaemon.handler.success:0|c',
      'maxwellsdaemon.handler.success:1|c|#location:canary',
      'maxwellsdaemon.handler.success:2|c|#location:master',
      'maxwellsdaemon.rollout.update.failure:1|c',
      'maxwellsdaemon.rollout.update.success:1|c',
      'maxwellsdaemon.server.delay:0|h|@0.25',
      'maxwellsdaemon.server.delay:1001|h',
      'maxwellsdaemon.server.failure:1|c',
      'maxwellsdaemon.server.success:4|c',
    ].sort(),
  )
})

test('many names take packets that a network does not split', async () => {
  const { packets, port } = await receiver()
  const statsd = new Statsd({ host: '127.0.0.1', port, prefix: 'p', every: 5 })
  onTestFinished(() => statsd.close())
  for (let i = 0; i < 1000; i++) statsd.measure('delay', i)
  await expect.poll(() => packets.join('').split('\n')).toHaveLength(1001)
  expect(packets.length).toBeGreaterThan(5)
  expect(packets.filter((packet) => packet.length > 1432 || !packet.endsWith('\n'))).toEqual([])
})

test.each([
  ['127.0.0.1', 1],
  ['no-such-host.invalid', 8125],
  ['::1', 1],
])('where %s does not take them, nothing is thrown', async (host, port) => {
  const statsd = new Statsd({ host, port, prefix: 'p', every: 5 })
  statsd.count('a', 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  statsd.count('a', 1)
  statsd.close()
})

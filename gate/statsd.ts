import { createSocket, type Socket } from 'node:dgram'

export interface StatsdOptions {
  host: string
  port: number
  /** Of each name, without the dot. */
  prefix: string
  /** Milliseconds for which metrics are added up. */
  every?: number
}

/** Bytes that a packet takes on any network without being split. */
const PACKET = 1432

/**
 * StatsD's counters and histograms over UDP. They are added up and sent each second, so that a request costs two
 * additions, and nothing ever waits: what the network does not take is lost, as StatsD means it.
 */
export class Statsd {
  private readonly sums = new Map<string, number>()
  private readonly socket: Socket
  private readonly timer: NodeJS.Timeout

  constructor(private readonly options: StatsdOptions) {
    this.socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4')
    // An address that nobody listens on, or that is not known, costs the metrics alone.
    this.socket.on('error', () => {}).unref()
    this.timer = setInterval(() => this.flush(), options.every ?? 1000).unref()
  }

  /** @param tags as DogStatsD writes them, `name:value` */
  count(name: string, amount: number, tags?: string): void {
    this.add(`${this.options.prefix}.${name}:|c${tags === undefined ? '' : `|#${tags}`}`, amount)
  }

  measure(name: string, value: number): void {
    this.add(`${this.options.prefix}.${name}:${value}|h`, 1)
  }

  /** Sends what was added up so far. */
  close(): void {
    clearInterval(this.timer)
    this.flush(() => this.socket.close())
  }

  private add(key: string, amount: number): void {
    this.sums.set(key, (this.sums.get(key) ?? 0) + amount)
  }

  private flush(done: () => void = () => {}): void {
    const packets = packetsOf([...this.sums].map(line))
    this.sums.clear()
    let left = packets.length
    const sent = () => {
      left--
      if (left === 0) done()
    }
    if (left === 0) done()
    for (const packet of packets) this.socket.send(packet, this.options.port, this.options.host, sent)
  }
}

/** Equal values are one line with the rate at which they would have been sampled. */
function line([key, amount]: [string, number]): string {
  if (key.endsWith('|h')) return `${key}${amount === 1 ? '' : `|@${1 / amount}`}\n`
  return `${key.replace(':|c', `:${amount}|c`)}\n`
}

function packetsOf(lines: readonly string[]): string[] {
  const packets: string[] = []
  for (const text of lines) {
    const last = packets.length - 1
    if (last >= 0 && packets[last]!.length + text.length <= PACKET) packets[last] += text
    else packets.push(text)
  }
  return packets
}

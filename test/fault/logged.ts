import { type Log, type LogRecord, payload } from '@assay/core/log/log'

const TOPIC = 'assay.events'
const LIMIT = { records: 20_000, bytes: 16 * 1024 * 1024 }

/** What a log says must be counted, worked out record by record: of an app's event the first with its id. */
export class Logged {
  records = 0
  /** Records whose id was in their partition before. */
  repeats = 0
  /** Records that are no event. */
  bad = 0
  readonly #log: Log
  readonly #next = new Map<number, number>()
  readonly #seen = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Reads on to the log's end. @returns the events to be counted, as lines with partition and offset */
  async readOn(): Promise<string[]> {
    const partitions = Array.from({ length: this.#log.partitions(TOPIC) }, (_, p) => this.#readPartition(p))
    return (await Promise.all(partitions)).flat()
  }

  async #readPartition(partition: number): Promise<string[]> {
    const lines: string[] = []
    const { end } = await this.#log.bounds(TOPIC, partition)
    for (let at = this.#next.get(partition) ?? 0; at < end; at = this.#next.get(partition)!) {
      const records = await this.#log.read(TOPIC, partition, at, LIMIT)
      for (const record of records) lines.push(...this.#take(partition, record))
      this.#next.set(partition, records.at(-1)!.offset + 1)
    }
    return lines
  }

  #take(partition: number, record: LogRecord): string[] {
    this.records += 1
    const id = `${partition}\n${record.app}\n${record.id}`
    const repeated = this.#seen.has(id)
    this.#seen.add(id)
    const text = payload(record).toString()
    if (repeated) this.repeats += 1
    else if (!isEvent(text)) this.bad += 1
    else return [`{"partition":${partition},"offset":${record.offset},${text.slice(1)}\n`]
    return []
  }
}

function isEvent(text: string): boolean {
  try {
    const { app, user, event } = JSON.parse(text) as Record<string, unknown>
    return [app, user, event].every((name) => typeof name === 'string' && name !== '')
  } catch {
    return false
  }
}

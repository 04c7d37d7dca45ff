import { AssayError } from '@assay/core/errors'
import type { Entry, Log } from '@assay/core/log/log'

/** Bounds what waits for the disk: past the limit new requests are turned away before they are read. */
export class AppendQueue {
  private waiting = 0

  constructor(
    private readonly log: Log,
    private readonly limit: number,
  ) {}

  check(): void {
    if (this.waiting < this.limit) return
    const detail = `Expected fewer than ${this.limit} bytes waiting for the log; ${this.waiting} are.`
    throw new AssayError('queue-full', detail)
  }

  /** Resolves once the log has the entries for good. */
  async append(entries: Entry[]): Promise<void> {
    let bytes = 0
    for (const entry of entries) bytes += entry.value.length
    this.waiting += bytes
    try {
      await this.log.append('assay.events', entries)
    } catch (cause) {
      throw new AssayError('log-unavailable', 'The log did not take the events.', { cause })
    } finally {
      this.waiting -= bytes
    }
  }
}

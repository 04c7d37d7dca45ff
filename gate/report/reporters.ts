import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { Reporter } from './reporter.js'

/** What a gate says, by app. */
export interface Reporters {
  of(app: string): Reporter
  close(): Promise<unknown>
}

/** Each begins at its first use, so that a gate which reports nothing sends nothing. */
export function openReporters(to: { url: string; key: string }, onDrop: (count: number) => void): Reporters {
  const instance = `gate:${hostname().slice(0, 128)}:${process.pid}-${randomBytes(4).toString('hex')}`
  const reporters = new Map<string, Reporter>()
  return {
    of(app) {
      const reporter = reporters.get(app) ?? new Reporter({ url: to.url, key: to.key, app, instance, onDrop })
      reporters.set(app, reporter)
      return reporter
    },
    close: () => Promise.all([...reporters.values()].map((reporter) => reporter.close())),
  }
}

import { type Event, limits } from '@assay/core/event'
import { Refusal } from './validate.js'

type Props = Record<string, string | number | boolean>

/** An event ready for the log, but for its props, which the line holds as strings. */
type Complete = Omit<Event, 'props'> & { props: Props }

/** One line of the log. The order of the keys is part of the format. */
export function line({ id, app, user, event, value, time, tests, props, received }: Complete): string {
  return JSON.stringify({ id, app, user, event, value, time, tests, props: asStrings(props), received })
}

function asStrings(props: Props): Record<string, string> {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, String(value)]))
}

/** The same line in half the time, for plain events, whose strings need no escaping. */
export function plainLine({ id, app, user, event, value, time, tests, props, received }: Complete): string {
  return (
    `{"id":"${id}","app":"${app}","user":"${user}","event":"${event}","value":${value},"time":${time},` +
    `"tests":${plainRecord(tests)},"props":${plainRecord(props)},"received":${received}}`
  )
}

function plainRecord(record: Props): string {
  let members = ''
  for (const key in record) members += `${members === '' ? '' : ','}"${key}":"${record[key]}"`
  return `{${members}}`
}

/** Nothing of an event is cut to make it fit. */
export function sizeRefusal(text: string): Refusal | null {
  // Counting also makes one flat string of the pieces while they are young, which spares the log and the collector.
  const bytes = Buffer.byteLength(text)
  if (bytes <= limits.eventBytes) return null
  return new Refusal('event-too-large', `Expected at most ${limits.eventBytes} bytes as stored; ${bytes} came.`)
}

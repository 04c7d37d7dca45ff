import type { Served } from './serve.js'
import { paint } from './style.js'

/** What `assay up` shows: keys only at the first start, since a terminal's history is no place for them. */
export function upScreen({ url, data, keys, firstStart }: Served): string {
  const key = (name: string, value: string, use: string) => `  ${name.padEnd(6)} ${value}  ${paint('dim', use)}`
  const shown = [
    '',
    'Keys, shown this once and kept in keys.json, which only you can read:',
    key('write', keys.write, 'send events; public by design'),
    key('read', keys.read, 'ask for results'),
    key('admin', keys.admin, 'everything else'),
  ]
  const hidden = ['', `Keys are in ${data}/keys.json.`]
  const body = `{"app":"shop","user":"ann","event":"purchase","value":42,"testId":"checkout","branch":"master"}`
  return [
    `${paint('bold', 'Assay')} is up at ${paint('bold', url)}`,
    `  data ${data}`,
    ...(firstStart ? shown : hidden),
    '',
    'Send an event:',
    `  curl '${url}/v1/events?key=${firstStart ? keys.write : 'WRITE_KEY'}' -H 'content-type: application/json' \\`,
    `    -d '${body}'`,
    `Ask:  assay results shop checkout      API page: ${url}/v1/docs`,
    paint('dim', 'Ctrl-C stops it; nothing acknowledged is lost.'),
  ].join('\n')
}

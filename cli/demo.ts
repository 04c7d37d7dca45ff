import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@assay/core/config/config'
import type { Results } from '@assay/query-api/analysis/reply'
import { progress } from './progress.js'
import { getJson, untilFresh } from './request.js'
import { sendAll } from './send.js'
import { type Served, serve } from './serve.js'
import { demoTest, shopperBatches } from './shoppers.js'
import { stages } from './stages.js'
import { paint } from './style.js'
import { verdictTable } from './verdict-table.js'

export interface DemoOptions {
  users: number
  seed: number
  port: number
  host: string
  json: boolean
  config: Config
}

export interface Demo {
  server: Served
  /** Plays the test and gives its results once they hold every event. */
  play: () => Promise<Results>
  /** Stops the server and removes its data; in the middle of the play too. */
  close: () => Promise<void>
}

/** Starts everything on an empty directory, to play a test through it over HTTP, as apps would. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const data = mkdtempSync(join(tmpdir(), 'assay-demo-'))
  const remove = () => rmSync(data, { recursive: true, force: true })
  const server = await serve({ ...options, data, stages, config: embedded(options.config) }).catch((error) => {
    remove()
    throw error
  })
  return {
    server,
    play: () => play(server, options).then(() => finalResults(server)),
    close: () => server.close().finally(remove),
  }
}

/** Whatever else this machine is configured for, a demo leaves it alone. */
const embedded = (config: Config): Config => ({ ...config, KAFKA_BROKERS: '', CLICKHOUSE_URL: '', ASSAY_KEYS: '' })

async function play({ url, keys }: Served, { users, seed, json }: DemoOptions): Promise<void> {
  const bar = progress('shoppers', users, 'shoppers', json)
  const seen = new Set<string>()
  await sendAll({ url, key: keys.write }, shopperBatches(users, seed, Date.now()), (batch) => {
    for (const event of batch) seen.add(event.user)
    bar.update(seen.size)
  })
  bar.stop()
}

/** The results once they hold every event. */
async function finalResults({ url, keys }: Served): Promise<Results> {
  const reader = { url, key: keys.read }
  await untilFresh(reader)
  return getJson<Results>(reader, `/v1/apps/${demoTest.app}/tests/${demoTest.testId}/results`)
}

/** What the demo leaves on the screen. */
export function demoScreen(server: Served, results: Results): string {
  const path = `/v1/apps/${demoTest.app}/tests/${demoTest.testId}/results`
  return [
    '',
    verdictTable(results),
    '',
    `${paint('bold', 'Running')} at ${server.url}   ${paint('dim', 'Ctrl-C ends it and removes its data')}`,
    `  read key   ${server.keys.read}`,
    `  write key  ${server.keys.write}`,
    `  API page   ${server.url}/v1/docs`,
    `  results    curl '${server.url}${path}?key=${server.keys.read}'`,
    '',
  ].join('\n')
}

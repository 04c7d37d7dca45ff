import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GROUP, readClaim } from '@assay/aggregator/claim'
import type { Config } from '@assay/core/config/config'
import { migrate } from '@assay/core/store/migrate'
import { keysFileOf, readKeys } from '../data-directory.js'
import { discover, type Server, type ServerOptions } from '../discover.js'
import { embeddedLog, embeddedStore } from '../embedded.js'
import { CommandError, exit } from '../failure.js'
import { getJson, request } from '../request.js'
import { type About, aboutOf, framesOf, type Origin, type Part } from './origin.js'

/** Where a backup comes from. */
export interface Source {
  about: About
  frames: (part: Part) => Promise<AsyncIterable<Uint8Array>>
  close: () => Promise<void>
}

/** The server, which has the data directory to itself while it runs; else the directory. */
export async function openSource(options: ServerOptions, config: () => Config): Promise<Source> {
  try {
    return await ofServer(discover(options, 'admin'))
  } catch (error) {
    const named = options.url !== undefined || Boolean(process.env.ASSAY_URL)
    const gone = error instanceof CommandError && error.code === exit.unreachable
    const data = resolve(options.data)
    if (named || !gone || !existsSync(join(data, 'log'))) throw error
    return ofDirectory(data, config())
  }
}

async function ofServer(server: Server): Promise<Source> {
  const path = '/v1/admin/backup'
  return {
    about: await getJson<About>(server, path),
    frames: async (part) => toTheEnd((await request(server, `${path}/${part}`)).body!),
    close: async () => {},
  }
}

async function* toTheEnd(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    throw new CommandError('Expected the whole of a part; the connection ended before.', 'Run it again.')
  }
}

/** @throws AssayError `data-in-use`, `config-invalid` */
async function ofDirectory(data: string, { ASSAY_KEYS, ASSAY_ID_WINDOW }: Config): Promise<Source> {
  const keys = readKeys(keysFileOf(data, ASSAY_KEYS))
  const store = await embeddedStore(join(data, 'store'))
  await migrate(store)
  const log = await embeddedLog(join(data, 'log'))
  const member = await log.join(GROUP, 'assay.events', () => {})
  const idWindow = (await readClaim(member, 0))?.window ?? ASSAY_ID_WINDOW
  const origin: Origin = { log, store, keys, idWindow }
  return {
    about: await aboutOf(origin),
    frames: async (part) => framesOf(part, origin),
    async close() {
      await store.close()
      await log.close()
    },
  }
}

import { assay } from './command.js'
import { startServer } from './server-process.js'
import { makeTempDir } from './temp.js'

/** Where a scenario that speaks HTTP alone sends to and asks. */
export interface Target {
  /** Of the query API. */
  url: string
  ingestUrl: string
  keys: { write: string; read: string; admin: string }
  /** Runs the built `assay` on it. */
  assay: (args: readonly string[]) => ReturnType<typeof assay>
  close: () => Promise<void>
}

/** The installation at `ASSAY_URL`, which is left as it is but for what is sent to it; else a machine of the test's own. */
export async function openTarget(): Promise<Target> {
  const { ASSAY_URL: url } = process.env
  return url ? remote(url, process.env) : oneMachine()
}

function remote(url: string, env: NodeJS.ProcessEnv): Target {
  const ingestUrl = env.ASSAY_INGEST_URL || url
  const key = (name: string) => env[name] || env.ASSAY_KEY || missing(name)
  const keys = { write: key('ASSAY_WRITE_KEY'), read: key('ASSAY_READ_KEY'), admin: key('ASSAY_ADMIN_KEY') }
  const variables = {
    ASSAY_URL: url,
    ASSAY_INGEST_URL: ingestUrl,
    ASSAY_WRITE_KEY: keys.write,
    ASSAY_READ_KEY: keys.read,
  }
  return { url, ingestUrl, keys, assay: (args) => assay(args, variables), close: async () => {} }
}

function missing(name: string): never {
  throw new Error(`Expected ${name}, or ASSAY_KEY with the admin key, for the installation at ASSAY_URL; unset.`)
}

async function oneMachine(): Promise<Target> {
  const { path, remove } = makeTempDir()
  const { url, keys, end } = (await startServer(path))!
  const close = async () => {
    await end('SIGTERM')
    remove()
  }
  return { url, ingestUrl: url, keys, assay: (args) => assay([...args, '--data', path]), close }
}

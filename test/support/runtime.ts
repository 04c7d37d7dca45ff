import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '@assay/infra/kafka/port'
import { bunBinary, denoBinary, workerdBinary } from './npm-binary.js'
import { makeTempDir } from './temp.js'
import { withParent } from './with-parent.js'

/** A server that answers as a module says whose default export has `fetch`. */
export interface Runtime {
  url: string
  /** Everything that it printed so far. */
  output(): string
  end(): Promise<unknown>
}

type Start = (folder: string, port: number) => Promise<[program: string, args: string[]]>

const workerd =
  (date: string): Start =>
  async (folder, port) => {
    writeFileSync(join(folder, 'config.capnp'), workerdConfig(port, date))
    return [await workerdBinary(), ['serve', join(folder, 'config.capnp')]]
  }

const starts = {
  workerd: workerd('2026-11-01'),
  'workerd as of March 2023': workerd('2023-03-01'),
  deno: async (folder, port) => {
    const allowed = ['--allow-net=127.0.0.1', '--no-prompt', '--no-config', '--no-check']
    const address = ['--host', '127.0.0.1', '--port', `${port}`]
    return [await denoBinary(), ['serve', ...allowed, ...address, join(folder, 'module.js')]]
  },
  bun: async (folder, port) => [await bunBinary(), ['--port', `${port}`, join(folder, 'module.js')]],
} satisfies Record<string, Start>

/** Nothing but the module, as it is deployed; it may ask this machine. */
const workerdConfig = (port: number, date: string) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "module.js", esModule = embed "module.js")],
      compatibilityDate = "${date}",
    )),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`

export async function startRuntime(name: keyof typeof starts, module: string): Promise<Runtime> {
  const { path: folder, remove } = makeTempDir()
  writeFileSync(join(folder, 'module.js'), module)
  const port = await freePort()
  const child = withParent(spawn(...(await starts[name](folder, port))))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const url = `http://127.0.0.1:${port}`
  const end = () => {
    child.kill()
    return exited.then(remove)
  }
  await listening(port, child).catch(async (error) => {
    await end()
    throw new Error(`${name}: ${error}\n${output}`)
  })
  return { url, output: () => output, end }
}

/** Until somebody listens there; nothing is asked of the module. */
async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    )
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`ended with ${child.exitCode}`)
}

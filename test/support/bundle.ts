import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build, type Rollup } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every module of a package that it publishes. */
const modules = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\.d\.ts$|(^|\/)(dist|node_modules|testkit)\//.test(file))
    .map((file) => join(root, folder, file))

/**
 * Bytes of all of a package in one minified module, compressed by brotli, without the list of what it exports; with its
 * libraries unless they are left out.
 */
export async function bundledSize(folder: string, leftOut: RegExp[] = []): Promise<number> {
  const entry = 'all'
  const source = modules(folder)
    .map((file) => `export * from ${JSON.stringify(file)}`)
    .join('\n')
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      { name: 'all', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? source : null) },
    ],
    build: {
      write: false,
      target: 'esnext',
      minify: 'esbuild',
      rollupOptions: { input: entry, external: leftOut, preserveEntrySignatures: 'strict' },
    },
  })) as Rollup.RollupOutput
  const { code, exports } = output.output[0]
  const names = exports.filter((name) => !code.slice(code.lastIndexOf('export')).includes(name))
  if (exports.length === 0 || names.length > 0)
    throw new Error(`Expected one list of exports at the end, not ${names}.`)
  return brotliCompressSync(code.slice(0, code.lastIndexOf('export'))).length
}

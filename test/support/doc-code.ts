import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The files a page of the documents shows: its blocks of code that name one, as in "```tsx app.tsx". */
export function codeOf(page: string, language = 'tsx?'): Record<string, string> {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(
    new RegExp(`^\`\`\`${language} (\\S+)\\n(.*?)^\`\`\`$`, 'gms'),
  )
  return Object.fromEntries([...blocks].map(([, name, code]) => [name, code]))
}

/** Lets `use` have a folder in which packages are found as in the project. */
async function inFolder<T>(files: Record<string, string>, use: (folder: string) => T): Promise<Awaited<T>> {
  mkdirSync(join(root, 'test/dist'), { recursive: true })
  const folder = mkdtempSync(join(root, 'test/dist/docs-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the compiler has against the code, against the SDK's sources; nothing if it is right. */
export const typeErrors = (files: Record<string, string>) =>
  inFolder({ ...files, 'tsconfig.json': JSON.stringify(tsconfig) }, (folder) => {
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
    return stdout
  })

const tsconfig = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    noEmit: true,
    lib: ['es2024', 'dom', 'dom.iterable'],
    jsx: 'react-jsx',
    module: 'esnext',
    moduleResolution: 'bundler',
    customConditions: ['assay-source'],
  },
}

/** Packages to take others for, by name. */
type Instead = Readonly<Record<string, string>>

/** A script for a page, of one of the files and what it imports. */
export const pageScript = (files: Record<string, string>, entry: string, instead: Instead = {}) =>
  bundle(files, entry, 'browser', instead)

/** Runs one of the files in Node. @returns what it exports */
export async function runCode<T>(files: Record<string, string>, entry: string, instead: Instead = {}): Promise<T> {
  const script = await bundle(files, entry, 'node', instead)
  return inFolder({ 'script.mjs': script }, (folder) => import(join(folder, 'script.mjs')))
}

async function bundle(
  files: Record<string, string>,
  entry: string,
  platform: 'browser' | 'node',
  alias: Instead,
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    plugins: [from(files)],
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['assay-source'],
    alias,
    define: { 'process.env.NODE_ENV': '"development"' },
    // Packages in the old format ask for what Node has as they run.
    logLevel: 'error',
    banner: platform === 'node' ? { js: REQUIRE } : {},
    external: platform === 'node' ? ['react', 'react-dom', '@openfeature/*'].filter((name) => !alias[name]) : [],
  })
  return outputFiles[0]!.text
}

const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

const from = (files: Record<string, string>): Plugin => ({
  name: 'docs',
  setup({ onResolve, onLoad }) {
    const find = (path: string) => Object.keys(files).find((name) => join(path) === name || join(path) === trunk(name))
    onResolve({ filter: /./ }, ({ path }) => {
      const name = find(path)
      return name === undefined ? null : { path: name, namespace: 'docs' }
    })
    onLoad({ filter: /./, namespace: 'docs' }, ({ path }) => ({
      contents: files[path]!,
      loader: path.endsWith('x') ? 'tsx' : 'ts',
      resolveDir: join(root, 'test'),
    }))
  },
})

const trunk = (name: string) => join(dirname(name), name.replace(/\.tsx?$/, ''))

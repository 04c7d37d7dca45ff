import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { json, listen } from './testkit/fake-server.js'
import { resultsWith } from './testkit/results.js'
import { tempFiles } from './testkit/temp.js'

const ASSAY = fileURLToPath(new URL('dist/assay.cjs', import.meta.url))

function assay(args: string[], env: Record<string, string> = {}, input = '') {
  const cwd = tempFiles({})
  return spawnSync(process.execPath, [ASSAY, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })
}

const commands = [
  ...['up', 'gate', 'demo', 'import', 'test', 'metric', 'canary', 'keys', 'results', 'breakdown', 'novelty', 'explain'],
  ...['report', 'tail', 'replay', 'backup', 'restore'],
]

test('help lists the commands and the exit codes, within 80 columns and without colours', () => {
  const { status, stdout } = assay(['--help'])
  expect(status).toBe(0)
  for (const word of [...commands, 'Exit codes']) expect(stdout).toContain(word)
  expect(stdout).not.toContain('\u001b')
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})

const ofTests = ['new', 'list', 'show', 'weights', 'start', 'stop', 'archive', 'current', 'history', 'types']

test.each([
  ...commands,
  ...ofTests.map((name) => `test ${name}`),
  ...['list', 'show', 'set', 'history'].map((name) => `metric ${name}`),
  ...['start', 'status', 'promote', 'pause', 'resume', 'suspend', 'rollback', 'wait'].map((name) => `canary ${name}`),
  ...['list', 'add', 'remove'].map((name) => `keys ${name}`),
])('assay %s --help has an example', (command) => {
  const { status, stdout } = assay([...command.split(' '), '--help'])
  expect(status).toBe(0)
  expect(stdout).toMatch(new RegExp(`\\$ assay ${command}`))
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})

test('--version is the package’s', () => {
  expect(assay(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  [['frobnicate'], 2, "unknown command 'frobnicate'"],
  [['results', 'shop'], 2, "missing required argument 'test'"],
  [['test'], 2, 'Usage: assay test'],
  [['test', 'new', 'shop'], 2, "missing required argument 'test'"],
  [['test', 'new', 'shop', 't', '--branches', 'a,a'], 2, 'expected names with commas between them, each once'],
  [['test', 'new', 'shop', 't'], 2, 'Expected --branches or --file'],
  [['test', 'weights', 'shop', 't', 'master'], 2, 'expected BRANCH=WEIGHT'],
  [['test', 'start', 'shop', 't'], 3, 'none runs on'],
  [['canary', 'start', 'shop'], 2, "missing required argument 'test'"],
  [['canary', 'wait', 'shop', '--timeout', '2d'], 2, 'expected a time from 1s to 24h'],
  [['canary', 'wait', 'shop', '--until', 'better'], 2, 'Allowed choices are done, healthy'],
  [['canary', 'status', 'shop'], 3, 'none runs on'],
  [['metric', 'set', 'shop', 'm', '--kind', 'feeling'], 2, 'Allowed choices are conversion, retention'],
  [['metric', 'set', 'shop', 'm', '--window-days', '1w'], 2, 'expected days such as 7'],
  [['up', '--port', '99999'], 2, 'expected a port from 0 to 65535'],
  [['gate', '--http', '0'], 2, "required option '--app <app>'"],
  [['gate', '--app', 'shop'], 2, 'Expected at least one of --socket, --http, --proxy and --agent'],
  [['gate', '--app', 'shop', '--proxy', '0'], 2, 'Expected one --proxy with its --upstream; got no --upstream'],
  [['gate', '--app', 'shop', '--proxy', '0', '--upstream', 'x'], 2, 'expected BRANCH=URL'],
  [['gate', '--app', 'shop', '--http', '0'], 3, 'none runs on'],
  [['gate', '--app', 'shop', '--stale', '8'], 2, 'expected a time from 1s to 60m, such as 8s'],
  [['gate', '--app', 'shop', '--agent', 'shop=x'], 2, 'expected a port from 0 to 65535'],
  [['gate', '--app', 'shop', '--socket', 'blog=/tmp/s'], 2, 'Expected a door of one of shop; got blog=/tmp/s'],
  [['gate', '--app', 'shop', '--app', 'blog', '--agent', '0'], 2, 'Expected a door of one of shop, blog; got 0'],
  [['results', 'shop', 'checkout'], 3, 'none runs on'],
  [['tail', 'shop', '--url', 'http://127.0.0.1:9', '--key', 'k'], 3, 'Expected a server at http://127.0.0.1:9'],
])('%j exits with %i', (args, code, words) => {
  const { status, stdout, stderr } = assay(args)
  expect({ status, stdout }).toEqual({ status: code, stdout: '' })
  expect(stderr).toContain(words)
})

test('an import of stdin is read whole before anything is sent', () => {
  const server = ['--url', 'http://127.0.0.1:9', '--key', 'k']
  const run = (input: string, ...format: string[]) =>
    assay(['import', '-', '--events', '--app', 'shop', ...server, ...format], {}, input)
  const csv = 'user,event\nann,view\n'
  expect(run(csv)).toMatchObject({ status: 2, stderr: expect.stringContaining('Say what it is with --format.') })
  expect(run(`${csv},view\n`, '--format', 'csv').stderr).toContain('Row 2 (line 3), column user: expected a user')
  expect(run(csv, '--format', 'csv')).toMatchObject({ status: 3, stderr: expect.stringContaining('127.0.0.1:9') })
})

test('a wrong variable of the server does not stop commands that ask one', () => {
  expect(assay(['--help'], { ASSAY_PORT: 'abc' }).status).toBe(0)
})

test('with --json errors are JSON as well', () => {
  const { status, stderr } = assay(['results', 'shop', 'checkout', '--json'])
  expect(status).toBe(3)
  expect(JSON.parse(stderr)).toMatchObject({ advice: 'Start one with `assay up`, or say where it is.' })
})

test.each([
  ['results', '--json'],
  ['report', '--out', '-'],
])('assay %s %s prints all into a pipe, however much', async (command, ...options) => {
  const message = 'w'.repeat(1_000_000)
  const url = await listen((_, response) => json(response, 200, resultsWith({ warnings: [{ code: 'long', message }] })))
  const child = spawn(process.execPath, [ASSAY, command, 'shop', 'checkout', '--url', url, '--key', 'k', ...options])
  expect(await text(child.stdout)).toMatch(/[}>]\n$/)
})

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stages } from 'assay/stages'
import { expect, test } from 'vitest'
import { tempDir } from '../support/temp.js'
import { root, text } from './files.js'

const units = ['assay.service', 'assay@.service']

function analyze(...args: string[]): { status: number | null; said: string } {
  const { error, status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
  if (error !== undefined)
    throw new Error(
      `Expected systemd-analyze, of Debian's package systemd, which .ci/run installs; it does not run: ${error.message}`,
    )
  return { status, said: stdout + stderr }
}

test.each(['assay.service', ...stages.map((stage) => `assay@${stage}.service`)])('systemd takes %s', (unit) => {
  const folder = tempDir()
  // It looks for the program, which need not be installed here.
  for (const name of units)
    writeFileSync(
      join(folder, name),
      text(`infra/systemd/${name}`).replace('/opt/assay/node_modules/.bin/assay', process.execPath),
    )
  const { status, said } = analyze('verify', '--man=no', '--recursive-errors=no', join(folder, unit))
  // It also speaks of units of this machine.
  expect([status, said.split('\n').filter((line) => line.includes('assay'))]).toEqual([0, []])
})

test.each(units)('%s exposes little: at most 2 of 10', (unit) => {
  const { status, said } = analyze('security', '--offline=true', '--threshold=20', join(root, 'infra/systemd', unit))
  expect([status, said.match(/Overall exposure.*/)?.[0]]).toEqual([0, expect.stringContaining('OK')])
})

test('both units are confined alike', () => {
  const [one, other] = units.map((unit) => text(`infra/systemd/${unit}`).match(/^# Nothing but[^[]+/m)?.[0])
  expect(one).toMatch(/NoNewPrivileges=yes/)
  expect(one).toBe(other)
})

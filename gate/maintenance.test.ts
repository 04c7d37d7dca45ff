import { rmSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { watchMaintenance } from './maintenance.js'
import { tempPath } from './testkit/temp.js'

const watching = (path: string) => {
  const maintenance = watchMaintenance(path, 5)
  onTestFinished(() => maintenance.close())
  return maintenance
}

test('while the file is there', async () => {
  const path = tempPath('maintenance')
  const { isOn } = watching(path)
  expect(isOn()).toBe(false)
  writeFileSync(path, '')
  await expect.poll(isOn).toBe(true)
  rmSync(path)
  await expect.poll(isOn).toBe(false)
})

test('a file that was there from the start, and one that cannot be looked for', async () => {
  const path = tempPath('maintenance')
  writeFileSync(path, '')
  expect(watching(path).isOn()).toBe(true)
  const below = watching(`${path}/below-a-file`)
  expect(below.isOn()).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(below.isOn()).toBe(true)
})

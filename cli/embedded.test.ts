import { expect, test } from 'vitest'
import { embedded } from './embedded.js'

test('gives the driver', async () => {
  expect(await embedded('lmdb', async () => 'driver')).toBe('driver')
})

test('an engine that does not load is an error that says which, and why', async () => {
  const absent = () => Promise.reject(new Error("Cannot find package 'chdb'"))
  await expect(embedded('chdb', absent)).rejects.toMatchObject({
    code: 'engine-missing',
    message: "Expected the embedded engine chdb; it does not load: Cannot find package 'chdb'",
  })
})

import { expect, test } from 'vitest'
import { discover } from './discover.js'
import { exit } from './failure.js'
import { tempFiles } from './testkit/temp.js'

const keys = { write: 'wk_0123456789abcdef', read: 'rk_0123456789abcdef', admin: 'ak_0123456789abcdef' }
const running = () =>
  tempFiles({ 'server.json': '{"url":"http://127.0.0.1:4600","pid":1}', 'keys.json': JSON.stringify(keys) })

test('the local directory gives the URL and the key the command needs', () => {
  const data = running()
  expect(discover({ data }, 'read', {})).toEqual({ url: 'http://127.0.0.1:4600', key: keys.read })
  expect(discover({ data }, 'admin', {}).key).toBe(keys.admin)
})

test('variables win over the directory, options over variables', () => {
  const data = running()
  const env = { ASSAY_URL: 'https://env.example/', ASSAY_KEY: 'env' }
  expect(discover({ data }, 'read', env)).toEqual({ url: 'https://env.example', key: 'env' })
  const options = { data, url: 'https://option.example', key: 'option' }
  expect(discover(options, 'read', env)).toEqual({ url: 'https://option.example', key: 'option' })
})

test('a stage and a key of its own for each kind win over those for all', () => {
  const data = running()
  const env = { ASSAY_URL: 'https://query', ASSAY_INGEST_URL: 'https://ingest', ASSAY_KEY: 'all', ASSAY_WRITE_KEY: 'w' }
  expect(discover({ data }, 'write', env)).toEqual({ url: 'https://ingest', key: 'w' })
  expect(discover({ data }, 'read', env)).toEqual({ url: 'https://query', key: 'all' })
  expect(discover({ data, url: 'https://one', key: 'k' }, 'write', env)).toEqual({ url: 'https://one', key: 'k' })
})

test('an empty variable is none', () => {
  expect(discover({ data: running() }, 'read', { ASSAY_URL: '', ASSAY_KEY: '' }).key).toBe(keys.read)
})

test('local keys go to the local server and nowhere else', () => {
  const data = running()
  expect(discover({ data, url: 'http://127.0.0.1:4600/' }, 'read', {}).key).toBe(keys.read)
  expect(() => discover({ data, url: 'https://evil.example' }, 'admin', {})).toThrow(
    `Expected an admin key: no --key, no ASSAY_KEY, and the keys in ${data} are not for https://evil.example.`,
  )
})

test.each([
  [{}, exit.unreachable],
  [{ url: 'localhost:4600', key: 'k' }, exit.usage],
  [{ url: 'nonsense', key: 'k' }, exit.usage],
  [{ url: 'http://localhost:4600' }, exit.usage],
])('%j with an empty directory ends with a code of its own', (options, code) => {
  const data = tempFiles({})
  expect(() => discover({ data, ...options }, 'read', {})).toThrow(expect.objectContaining({ code }))
})

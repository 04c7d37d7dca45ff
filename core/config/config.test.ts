import { expect, test } from 'vitest'
import { readConfig } from './config.js'

const SECRET = `whsec_${Buffer.alloc(24, 's').toString('base64')}`

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toMatchObject({ ASSAY_PORT: 4600, ASSAY_HOST: '127.0.0.1', ASSAY_DATA: './.assay' })
})

test.each([
  ['ASSAY_PORT', 'http', /ASSAY_PORT is "http"\..*expected number/],
  ['ASSAY_PORT', '70000', /ASSAY_PORT is "70000"\..*65535/],
  ['ASSAY_ID_WINDOW', '1.5', /ASSAY_ID_WINDOW is "1.5"\..*int/],
  ['CLICKHOUSE_URL', 'clickhouse:8123', /CLICKHOUSE_URL is "clickhouse:8123"/],
  ['CLICKHOUSE_DATABASE', 'a.b; DROP', /CLICKHOUSE_DATABASE is "a.b; DROP"/],
  ['ASSAY_CLUSTER', "c' x", /ASSAY_CLUSTER is "c' x"/],
  ['ASSAY_LOG_LEVEL', 'loud', /ASSAY_LOG_LEVEL is "loud"\..*"silent"\|"fatal"/],
])('%s=%s says the variable, what came and what is allowed', (name, value, message) => {
  expect(() => readConfig({ [name]: value })).toThrow(message)
})

test.each([[''], [SECRET], [`${SECRET} ${SECRET}`]])('secrets of webhooks: %s', (secret) => {
  expect(readConfig({ ASSAY_WEBHOOK_SECRET: secret }).ASSAY_WEBHOOK_SECRET).toBe(secret)
})

test.each(['c2VjcmV0', `${SECRET} `, SECRET.slice(0, -10), `${SECRET},${SECRET}`])(
  'a wrong secret, %s, is not told to the log',
  (secret) => {
    const read = () => readConfig({ ASSAY_WEBHOOK_SECRET: secret })
    expect(read).toThrow(/^ASSAY_WEBHOOK_SECRET is not valid\. Expected whsec_ and base64 of 24 to 64 bytes\.$/)
  },
)

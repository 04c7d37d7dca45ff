import { listen } from '@assay/controller/notify/testkit/listen'
import { sendWebhook } from '@assay/controller/notify/webhook'
import { expect, test } from 'vitest'
import { codeOf, runCode, typeErrors } from '../support/doc-code.js'

type IsGenuine = (headers: Record<string, string>, body: string, secret: string) => boolean

const code = codeOf('docs/webhooks.md')
const [secret, other] = ['one', 'other'].map((s) => `whsec_${Buffer.alloc(32, s).toString('base64')}`) as [
  string,
  string,
]

/** What a receiver gets, while the secret is changed. */
async function received(): Promise<{ headers: Record<string, string>; body: string }> {
  const { url, received } = await listen((_, response) => response.end())
  const options = { secret: `${other} ${secret}`, allowPrivate: true, now: Date.now() }
  await sendWebhook(url, { id: 'step-1', body: '{"why":"größer"}' }, options)
  const { headers, body } = received[0]!
  return { headers: headers as Record<string, string>, body }
}

test('the code of docs/webhooks.md has the right types', async () => {
  expect(Object.keys(code)).toEqual(['verify.ts'])
  expect(await typeErrors(code)).toBe('')
})

test('verify.ts takes what is sent, and nothing that was changed or is old', async () => {
  const { isGenuine } = await runCode<{ isGenuine: IsGenuine }>(code, 'verify.ts')
  const { headers, body } = await received()
  const old = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 301) }
  expect([isGenuine(headers, body, secret), isGenuine(headers, body, other)]).toEqual([true, true])
  expect([
    isGenuine(headers, `${body} `, secret),
    isGenuine({ ...headers, 'webhook-id': 'step-2' }, body, secret),
    isGenuine(headers, body, `whsec_${Buffer.alloc(32).toString('base64')}`),
    isGenuine(old, body, secret),
    isGenuine({}, body, secret),
  ]).toEqual(Array(5).fill(false))
})

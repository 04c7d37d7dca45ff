import type { ServerProcess } from '../support/server-process.js'

/** The shop's tests, as they are known to pages and to the server. */
export const tests = {
  checkout: { branches: ['master', 'one-page'].map((name) => ({ name, weight: 1 })) },
  search: { branches: ['master', 'new', 'newer'].map((name) => ({ name, weight: 1 })), sticky: true },
  mobile: { branches: ['master', 'app'].map((name) => ({ name, weight: 1 })), targeting: { device: 'phone' } },
}

/** Has the server's clients be told of them. */
export async function define({ url, keys }: ServerProcess): Promise<void> {
  const headers = { authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json' }
  for (const [testId, definition] of Object.entries(tests)) {
    const at = `${url}/v1/apps/shop/tests/${testId}`
    await fetch(at, { method: 'PUT', headers, body: JSON.stringify({ ...definition, control: 'master', metrics: [] }) })
    const started = await fetch(`${at}/start`, { method: 'POST', headers, body: '{}' })
    if (!started.ok) throw new Error(await started.text())
  }
}

import type { Tests } from '@assay/sdk'
import type { Page } from 'playwright-core'

export interface SentEvent {
  event: string
  user: string
  tests: Record<string, string>
}

/** Has a page find the service that the documents name, with these tests. @returns what it is sent */
export async function playService(page: Page, tests: Tests): Promise<SentEvent[]> {
  const sent: SentEvent[] = []
  await page.route('https://assay.example.com/**', async (route) => {
    const headers = { 'access-control-allow-origin': '*' }
    const request = route.request()
    if (request.method() !== 'POST') return route.fulfill({ headers, json: { tests } })
    sent.push(...JSON.parse(request.postData()!).events)
    await route.fulfill({ headers, status: 202, json: { rejected: [] } })
  })
  return sent
}

import { afterEach, describe, expect, test, vi } from 'vitest'
import { matches } from '../core/condition.js'
import { pageAttributes } from './page-attributes.js'

afterEach(() => void vi.unstubAllGlobals())

interface Page {
  address?: string
  referrer?: string
  isCoarse?: boolean
  screen?: [width: number, height: number]
}

/** Has globals as in a page, a desktop's unless it is said otherwise. */
function open({ address = 'https://shop.example/', referrer = '', isCoarse = false, screen }: Page): void {
  const [width, height] = screen ?? [1920, 1080]
  vi.stubGlobal('document', { referrer })
  vi.stubGlobal('location', new URL(address))
  vi.stubGlobal('navigator', { language: 'de-AT' })
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: isCoarse && query === '(pointer: coarse)' }))
  vi.stubGlobal('screen', { width, height })
}

test('a page tells where it is, where its user came from, and the language', () => {
  const address = 'https://shop.example/sale/shoes?utm_source=news%20letter&q=1&utm_campaign=may&UTM_x=1#top'
  open({ address, referrer: 'https://www.example.com:8080/?q=shoes' })
  expect(pageAttributes()).toEqual({
    path: '/sale/shoes',
    utm_source: 'news letter',
    utm_campaign: 'may',
    referrer: 'www.example.com',
    language: 'de-AT',
    device: 'desktop',
  })
})

test('who came from nowhere has no referrer', () => {
  open({})
  expect(matches({ referrer: { $exists: false } }, pageAttributes())).toBe(true)
})

test.each<[string, Page, string]>([
  ['a mouse', { screen: [400, 300] }, 'desktop'],
  ['a finger on a small screen', { isCoarse: true, screen: [844, 390] }, 'phone'],
  ['a finger on a large one', { isCoarse: true, screen: [800, 1280] }, 'tablet'],
])('%s', (_title, page, device) => {
  open(page)
  expect(pageAttributes().device).toBe(device)
})

describe('it never throws', () => {
  test('outside of pages there are no attributes', () => {
    expect(pageAttributes()).toEqual({})
  })

  test('what the page does not tell is missing, and nothing else', () => {
    open({ referrer: 'nonsense' })
    vi.stubGlobal('matchMedia', undefined)
    expect(pageAttributes()).toEqual({ path: '/', language: 'de-AT' })
    vi.stubGlobal('location', undefined)
    vi.stubGlobal('navigator', undefined)
    expect(pageAttributes()).toEqual({})
  })
})

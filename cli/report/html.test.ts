import { expect, test } from 'vitest'
import { escapeText, html, jsonText } from './html.js'

test.each([
  ['markup', '</b><script>', '&lt;/b&gt;&lt;script&gt;'],
  ['quotes', `"'&amp;`, '&quot;&#39;&amp;amp;'],
  ['what turns text around', 'a\u202etxt\u2066.', 'a⟨U+202E⟩txt⟨U+2066⟩.'],
  ['what is no character', '\0\x1b[31m\x85\ud800', '⟨U+0000⟩⟨U+001B⟩[31m⟨U+0085⟩⟨U+D800⟩'],
  ['other scripts, with marks of direction', 'عربي\u200f 日本 😀', 'عربي\u200f 日本 😀'],
  ['lines', 'a\tb\nc', 'a\tb\nc'],
])('%s', (_, text, escaped) => {
  expect(escapeText(text)).toBe(escaped)
})

test('markup in markup stands, text in it is escaped, nothing is nothing', () => {
  const list = ['<', html`<i>${'>'}</i>`, null, undefined, 0, [1, '&']]
  expect(html`<p title="${'"'}">${list}</p>`.text).toBe('<p title="&quot;">&lt;<i>&gt;</i>01&amp;</p>')
})

test('JSON cannot end its element, and says the same', () => {
  const value = { '</script><!--': '<script>\u2028' }
  const { text } = jsonText(value)
  expect(text).not.toContain('<')
  expect(JSON.parse(text)).toEqual(value)
})

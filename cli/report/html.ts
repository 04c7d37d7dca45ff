/** Markup that is safe as it stands. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Part = Markup | string | number | null | undefined | readonly Part[]

/** Markup of a template: whatever stands in it is escaped, unless it is markup itself; null is nothing, lists are joined. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, next, i) => text + textOf(parts[i - 1]) + next))
}

function textOf(part: Part): string {
  if (part instanceof Markup) return part.text
  if (part === null || part === undefined) return ''
  return typeof part === 'object' ? part.map(textOf).join('') : escapeText(String(part))
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** What turns the text after it around, or is no character; mere marks of direction are left. */
const unseen = /(?![\t\n])\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/gu

/** Text for an element or a quoted attribute. Characters that would hide or reorder others are shown by their code. */
export const escapeText = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(unseen, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)

/** JSON that nothing in it can end, as it holds no `<`. */
export const jsonText = (value: object): Markup => new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))

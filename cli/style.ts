import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours only for people: on a terminal, and not where NO_COLOR asks for none (no-color.org). */
export function paint(style: Style, text: string, stream: { isTTY?: boolean } = process.stdout): string {
  return stream.isTTY === true && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text
}

export const count = (n: number) => n.toLocaleString('en-US')

/** Text as a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

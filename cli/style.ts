import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours only for people: on a terminal, and not where NO_COLOR asks for none (no-color.org). */
export function paint(style: Style, text: string, stream: { isTTY?: boolean } = process.stdout): string {
  return stream.isTTY === true && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text
}

export const count = (n: number) => n.toLocaleString('en-US')

export const percent = (share: number) => `${Number((100 * share).toFixed(2))}%`

/** Text as a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Lines of whole words, of this width where the words allow it; a number is one with its percent sign. */
export function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}

/** What people wrote, on one line and with nothing in it that a terminal would obey. */
export const plain = (text: string) => text.replace(/\p{Cc}+/gu, ' ')

export const short = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text)

/** A label and, beside it, text in lines that fit 80 columns. */
export function field(label: string, text: string): string[] {
  const lines = wrap(plain(text), 66)
  return lines.map((line, i) => `  ${paint('dim', (i === 0 ? label : '').padEnd(10))}  ${line}`)
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
export const printJson = (value: object): void => print(JSON.stringify(value))

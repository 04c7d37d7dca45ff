import type { Format } from './format.js'

/**
 * Text as SQL, in a form in which a spreadsheet takes it for text. Names come from whoever has the write key, which is
 * public, and a spreadsheet would run one such as `=HYPERLINK(…)` as a formula: in CSV it gets an apostrophe in front.
 */
export function cell(text: string, format: Format): string {
  return format === 'csv' ? `if(match(${text}, '^[=+@\\\\t\\\\r-]'), concat('\\'', ${text}), ${text})` : text
}

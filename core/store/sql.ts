/** Text as a literal. For text that may not be a parameter: the embedded engine queues parameterised queries process-wide. */
export function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

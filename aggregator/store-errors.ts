/** ClickHouse's code of an error, or NaN. */
const codeOf = (error: unknown): number => Number((error as { code?: string }).code)

/** Whether a statement failed because its owner was fenced: its `throwIf` threw. */
export const isFenced = (error: unknown): boolean => codeOf(error) === 395

/** Whether a table is not there. */
export const isTableGone = (error: unknown): boolean => codeOf(error) === 60

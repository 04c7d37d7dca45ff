/** Tables in which moments are worked out: users, what they did, and what was asked of them. */
export const tableNames = ['counted', 'newcomers', 'totals', 'phases', 'measures', 'people', 'resolved'] as const

/** By what name a statement finds each of them. */
export type Tables = Readonly<Record<(typeof tableNames)[number], string>>

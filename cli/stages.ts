/** What a process can do: all of it, or one alone beside others that share log and store. */
export const stages = ['ingest', 'aggregator', 'query-api', 'controller'] as const
export type Stage = (typeof stages)[number]

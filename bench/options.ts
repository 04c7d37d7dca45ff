/** How long a figure's load lasts, where `BENCH_SECONDS` says nothing else. */
export const secondsOr = (usual: number): number => Number(process.env.BENCH_SECONDS ?? usual)

/** Events a second of a figure's load: what `BENCH_RATE` says, so that runs can be compared, or what is found out. */
export const rateOr = async (found: () => Promise<number>): Promise<number> =>
  process.env.BENCH_RATE === undefined ? found() : Number(process.env.BENCH_RATE)

/** How many events a figure's store holds, where `BENCH_EVENTS` says nothing else. */
export const eventsOr = (usual: number): number => Number(process.env.BENCH_EVENTS ?? usual)

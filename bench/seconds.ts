/** How long a figure's load lasts, where `BENCH_SECONDS` says nothing else. */
export const secondsOr = (usual: number): number => Number(process.env.BENCH_SECONDS ?? usual)

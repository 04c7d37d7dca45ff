export { seeded } from 'assay/random'

/** The seed of this run: from SEED, else new; printed so that a failure can be repeated. */
export function runSeed(name: string): number {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${name}: SEED=${seed}`)
  return seed
}

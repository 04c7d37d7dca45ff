/**
 * By test id, the names of its branches, where an app declares them; then other tests and branches do not compile:
 *
 *     declare module '@assay/sdk' {
 *       interface TestBranches {
 *         checkout: 'master' | 'short'
 *       }
 *     }
 *
 * `assay test types` writes this of a server's tests. Until they are known everybody has the `fallback`, so that belongs
 * to the branches of each.
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps fill it
export interface TestBranches {}

/** The id of a test: any, or one of those that are declared. */
export type TestId = keyof TestBranches extends never ? string : keyof TestBranches & string

/** The branches of a test: any, or those that are declared. */
export type BranchOf<T extends TestId> = keyof TestBranches extends never
  ? string
  : T extends keyof TestBranches
    ? TestBranches[T] & string
    : never

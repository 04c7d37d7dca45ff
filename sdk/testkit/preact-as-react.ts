/** What Preact's users have for `react`, with what React itself has for tests. */
// @ts-expect-error its types are in the old format, of which there is no all.
export * from 'preact/compat'
export { act } from 'preact/test-utils'

/** What Preact's users have for `react`, with what React itself has for tests. */
export * from 'preact/compat'
export { act } from 'preact/test-utils'

/** What kafkajs is made of, which it has no types for; `cluster.ts` gives them. */
declare module 'kafkajs/src/*' {
  const inside: unknown
  export default inside
}

import type { BaseOptions } from './options.js'

/** Where the server answers what is asked under this path. */
export const addressOf = ({ url, key }: BaseOptions, path: string): string =>
  `${url}/v1/${path}?key=${encodeURIComponent(key)}`

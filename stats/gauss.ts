const inner = Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3
const outer = Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3
const heavy = (322 + 13 * Math.sqrt(70)) / 900
const light = (322 - 13 * Math.sqrt(70)) / 900

/** Nodes of Gauss's rule of five points on [−1, 1] and their weights, which add up to 2 (DLMF 3.5.15). */
export const gauss = [
  [-outer, light],
  [-inner, heavy],
  [0, 128 / 225],
  [inner, heavy],
  [outer, light],
] as const

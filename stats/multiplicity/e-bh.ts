import { benjaminiHochberg } from './benjamini-hochberg.js'
import type { LnPValues } from './stepwise.js'

/**
 * e-BH (Wang and Ramdas 2022, arXiv 2009.02824): Benjamini–Hochberg on 1 / e, whose promise then holds for any
 * dependence. Takes ln e-values as they stand when one stops (not their greatest so far) and returns adjusted ln
 * p-values.
 */
export const eBenjaminiHochberg = (lnEs: LnPValues) =>
  benjaminiHochberg(lnEs.map((lnE) => (lnE === null ? null : -lnE)))

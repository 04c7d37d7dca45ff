import { type Browser, chromium } from 'playwright-core'

/** Where Debian has it. */
export const CHROMIUM = '/usr/bin/chromium'

/** A browser without a screen, for as long as the tests of a file take. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox'],
    // As users have it: pages that were left come back as they were.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })

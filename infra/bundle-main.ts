import { bundleCommand } from './bundle.js'

/** `npm run build:command` */
await bundleCommand()

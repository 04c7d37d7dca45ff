import { OpenFeature, OpenFeatureProvider, useStringFlagDetails } from '@openfeature/react-sdk'
import { createElement as h, StrictMode } from 'react'
import { createWebProvider } from '../openfeature/web.js'
import { moved, open, settled, tests } from './react-stage.js'

function Flag() {
  const { value, reason } = useStringFlagDetails('checkout', 'nothing')
  return `${value} by ${reason}`
}

/** Acts out OpenFeature's own hooks over the provider of a page, and tells what came of it. */
export const flags = {
  async hooks() {
    let answer = () => {}
    const fetched = new Promise<Response>((resolve) => {
      answer = () => resolve(Response.json({ tests }))
    })
    const page = open({ config: undefined as never, fetch: () => fetched })
    OpenFeature.setProvider(createWebProvider(page.client))
    const app = h(OpenFeatureProvider, null, h(Flag))
    await page.render(h(StrictMode, null, app))
    const texts = [page.text()]
    const look = async (work: () => unknown) => {
      await settled(work)
      texts.push(page.text())
    }
    await look(answer)
    await look(() => page.client.ready)
    await page.learn(moved)
    texts.push(page.text())
    await look(() => page.client.force('checkout', 'master'))
    await look(() => OpenFeature.close())
    return { texts: texts.filter((text, i) => text !== texts[i - 1]), said: page.said() }
  },
}

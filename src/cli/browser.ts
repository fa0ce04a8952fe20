import { spawn } from 'node:child_process'
import type { Environment } from '#client/settings.ts'

/** What opens an address, by the name of the platform. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/**
 * Opens an address of the web in the browser that `BROWSER` names, or in the person's usual one. That there is none is no failure: the
 * address is shown, too. It is not waited for.
 */
export async function openBrowser(address: string, environment: Environment): Promise<void> {
  const named = environment['BROWSER'] ?? ''
  const [program, ...words] = named === '' ? (OPENERS[process.platform] ?? ['xdg-open']) : [named]
  if (program === undefined) return
  const child = spawn(program, [...words, address], {
    env: environment,
    stdio: 'ignore',
    detached: true,
  })
  const { promise: started, resolve } = Promise.withResolvers<void>()
  child.once('spawn', resolve).once('error', () => resolve())
  await started
  child.unref()
}

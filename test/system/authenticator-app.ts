import { URI } from 'otpauth'

/** The address, in what a command shows, that tells an authenticator app what it needs to know. */
export const ADDRESS: RegExp = /otpauth:\/\/totp\/\S+/

const STEP_MS = 30_000

/** The code of this moment, and the next one, which the server takes as well: clocks differ. */
const STEPS = [0, 1]

/** What an app shows that was told `address`: a code of this moment, and never one that it showed before, since each is good once. */
export function authenticatorApp(address: string): () => string {
  const app = URI.parse(address)
  const shown = new Set<number>()
  return () => {
    const now = Math.floor(Date.now() / STEP_MS)
    const step = STEPS.map((offset) => now + offset).find((one) => !shown.has(one))
    if (step === undefined) throw new Error('all codes of this moment were used')
    shown.add(step)
    return app.generate({ timestamp: step * STEP_MS })
  }
}

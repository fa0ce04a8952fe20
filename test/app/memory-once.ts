import type { OnceStore } from '#app/once-store.ts'

/** What may be used once, in memory, over `used`, which several of them may share. */
export const memoryOnce = (used: Map<string, number> = new Map()): OnceStore & AsyncDisposable => ({
  async useOnce(digest, until, now) {
    for (const [key, end] of used) if (end < now) used.delete(key)
    const key = Buffer.from(digest).toString('hex')
    if (used.has(key)) return false
    used.set(key, until)
    return true
  },
  [Symbol.asyncDispose]: async () => undefined,
})

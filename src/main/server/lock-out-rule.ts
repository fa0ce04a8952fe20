import type { LockOutRule } from '#app/lock-out.ts'
import type { Settings } from './settings.ts'

/** What the settings say of guessing passwords and codes. */
export const lockOutRule = (settings: Settings): LockOutRule => ({
  attempts: settings.loginAttempts,
  firstSeconds: settings.loginLock,
  longestSeconds: settings.loginLockMax,
})

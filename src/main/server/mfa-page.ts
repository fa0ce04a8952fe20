import { readFileSync } from 'node:fs'
import type { MfaPage } from '#http/routes/mfa-page.ts'

/** Its files go as they are: beside the bundle of the server, or in a checkout that was not built where they are written. */
const FOLDER = import.meta.url.endsWith('.ts')
  ? new URL('../../ui/mfa/', import.meta.url)
  : new URL('mfa/', import.meta.url)

const fileOf = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8')

/** The page on which people create and use passkeys. */
export const readMfaPage = (): MfaPage => ({
  html: fileOf('page.html'),
  script: fileOf('page.js'),
  style: fileOf('page.css'),
})

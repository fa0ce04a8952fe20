import { parseDuration } from '#lib/iso8601.ts'

/** What the value of a setting must look like: the complaint about one that does not, which never quotes it. */
export type SettingShape = (value: string) => string | undefined

/** An absolute `https:` or `http:` URI. */
export const httpUri: SettingShape = (value) => {
  const isHttp = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  return isHttp ? undefined : 'is not an https: or http: URI'
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/

/** At least one PEM certificate, perhaps with comments around it. */
export const certificates: SettingShape = (value) =>
  CERTIFICATE.test(value) ? undefined : 'does not hold PEM certificates'

/** A whole number of seconds, at most `most`. */
export const seconds =
  (most: number): SettingShape =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) <= most
      ? undefined
      : `is not a whole number of seconds up to ${most}`

/** A duration as ISO 8601 writes it: `PT90M`. */
export const duration: SettingShape = (value) =>
  parseDuration(value) === undefined ? 'is not an ISO 8601 duration, such as PT90M' : undefined

/** `true` or `false`. */
export const truth: SettingShape = (value) =>
  value === 'true' || value === 'false' ? undefined : 'is neither true nor false'

/** One of some words. */
export const oneOf =
  (words: readonly string[]): SettingShape =>
  (value) =>
    words.includes(value) ? undefined : `is not one of ${words.join(', ')}`

/** The address of a directory (RFC 4516), of which nothing but the host and the port counts. */
export const ldapUri: SettingShape = (value) => {
  const isLdap = URL.canParse(value) && /^ldaps?:$/.test(new URL(value).protocol)
  return isLdap && new URL(value).hostname !== '' ? undefined : 'is not an ldaps: or ldap: URI'
}

/** The number of a TCP port. */
export const portNumber: SettingShape = (value) =>
  /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535
    ? undefined
    : 'is not the number of a port'

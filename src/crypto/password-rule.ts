/** What a caller is told whose new password is too weak (reference/conjur-api.md 3). */
export const WEAK_PASSWORD: string =
  'CONJ00046E The password is too weak: it must have 12 to 128 characters, among them 2 upper-case letters, ' +
  '2 lower-case letters, 1 digit and 1 special character, and no line break'

const SPECIAL = /[ !-/:-@[-`{-~]/

/** Whether `password` may be set as one: the rule of reference/conjur-api.md 3, which counts ASCII letters and digits alone. */
export function isStrongPassword(password: string): boolean {
  const length = Array.from(password).length
  return (
    length >= 12 &&
    length <= 128 &&
    count(password, /[A-Z]/g) >= 2 &&
    count(password, /[a-z]/g) >= 2 &&
    /[0-9]/.test(password) &&
    SPECIAL.test(password) &&
    !/[\r\n]/.test(password)
  )
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

import { printable } from '#client/printable.ts'

/** Recovery codes as they are shown to a person, this once. */
export const recoveryText = (codes: readonly string[]): string =>
  [
    'Recovery codes: keep them where your other factors are not. Each is good once, and they are not shown again.',
    '',
    ...codes.map((code) => `  ${printable(code)}`),
    '',
  ].join('\n')

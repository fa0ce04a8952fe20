/** What the exit code of a command means; each failure has one of them (docs/reference/errors.md). */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'it was done',
  1: 'a bug, an answer that makes no sense, or something that the server does not offer',
  2: 'the command line, a file or what they ask for makes no sense',
  3: 'the configuration is missing or wrong',
  4: 'not logged in, or what was presented is not accepted',
  5: 'not permitted',
  6: 'not there, or not to be seen by the caller',
  7: 'there is one already, or it was changed meanwhile',
  8: 'the policy is not valid',
  9: 'the server cannot be reached or cannot serve now: trying again may help',
  10: 'the server cannot prove who it is',
  11: 'it may be done once a second factor was proven: `strongroom mfa verify`',
  141: 'whoever read the output went away',
}

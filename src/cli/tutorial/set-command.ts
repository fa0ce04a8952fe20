import { randomBytes } from 'node:crypto'
import type { StepCommand } from './step.ts'

/** Sets the password of the app: asks a person for it, and makes one up where there is nobody. */
export const setCommand = (): StepCommand => ({
  line: 'strongroom variable set -i app/password',
  unattended: {
    line: 'strongroom variable set -i app/password -f -',
    input: () => randomBytes(18).toString('base64url'),
    told: 'its standard input is a password made up for this',
  },
})

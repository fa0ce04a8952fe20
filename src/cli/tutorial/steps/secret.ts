import { ADMIN, evidenceOf, PASSWORD } from '#cli/tutorial/evidence.ts'
import { setCommand } from '#cli/tutorial/set-command.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** A value is set and read. */
export const SECRET: Step = {
  name: 'secret',
  title: 'Give it a secret, and read it',
  why: [
    'A value is sealed before it is stored: whoever steals the database has nothing. ' +
      'The command asks for it and does not show what you type; with `-f -` it reads its standard input. ' +
      'It is not an argument, because every user of a machine can see those.',
  ],
  show: [setCommand(), { line: 'strongroom variable get -i app/password', isSecret: true }],
  check: async (world) => {
    const set = await evidenceOf(world, { operation: 'update', resource: PASSWORD })
    if (set === undefined) return 'app/password has no value yet'
    const read = await evidenceOf(world, { role: ADMIN, operation: 'fetch', resource: PASSWORD })
    return read === undefined ? 'app/password has a value; now read it' : undefined
  },
  proved: 'app/password has a value, and the server gave it to you.',
}

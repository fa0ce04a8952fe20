import { APP, evidenceOf, PASSWORD } from '#cli/tutorial/evidence.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** A right is taken away. */
export const REVOCATION: Step = {
  name: 'revocation',
  title: 'Take the right away',
  why: [
    'The app may read because it is a member of the group of readers. ' +
      'Take it out, and start it again: it is not started any more. ' +
      'There is no cache to wait for: once the server has said that the right is gone, ' +
      'every later request is refused. To the app, the variable now looks as if it did not exist.',
  ],
  show: [
    { line: 'strongroom role remove-member group:app/readers host:app/web' },
    { line: 'CONJURRC=web.rc strongroom run -- sh app.sh' },
  ],
  check: async (world) => {
    if (await world.server.check(PASSWORD, 'execute', APP)) {
      return 'host:app/web may still read app/password'
    }
    const refused = await evidenceOf(world, {
      role: APP,
      operation: 'fetch',
      resource: PASSWORD,
      result: 'failure',
    })
    return refused === undefined
      ? 'the right is gone; now let the app try to read once more'
      : undefined
  },
  proved: 'host:app/web may not read app/password, and was refused when it tried.',
}

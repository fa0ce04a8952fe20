import { ADMIN, APP, evidenceOf, PASSWORD } from '#cli/tutorial/evidence.ts'
import type { Check, Step } from '#cli/tutorial/step.ts'

const isLoaded = async ({ server }: Parameters<Check>[0]): Promise<boolean> =>
  (await server.resourceExists(PASSWORD)) && server.check(PASSWORD, 'execute', APP)

/** Policy as text, tried and then loaded. */
export const POLICY: Step = {
  name: 'policy',
  title: 'Write down who may do what',
  why: [
    'A policy is a text that says what exists and who may do what: here a variable (a place for a secret), ' +
      'a host (an app that logs in), and a group of readers. ' +
      'To read a value is the privilege `execute`; `read` only lets one see that the variable is there. ' +
      'First do a dry run: it changes nothing and says who would gain access to what. ' +
      'Then load it.',
  ],
  file: 'app.yml',
  show: [
    {
      line: 'strongroom policy load -b root -f app.yml --dry-run',
      unattended: { line: 'strongroom policy load -b root -f app.yml --dry-run -o text' },
    },
    { line: 'strongroom policy load -b root -f app.yml' },
  ],
  check: async (world) => {
    if (await isLoaded(world)) return undefined
    if (await world.server.resourceExists(PASSWORD)) {
      return 'the policy is loaded, but host:app/web may not read app/password by it'
    }
    return (await evidenceOf(world, { role: ADMIN, operation: 'validate' })) === undefined
      ? 'nothing is loaded yet; do the dry run first'
      : 'the dry run is done, and changed nothing; now load it, without --dry-run'
  },
  proved: 'The variable is there, and host:app/web may read its value.',
  lasts: async ({ server }) =>
    (await server.resourceExists(PASSWORD)) && (await server.roleExists(APP))
      ? undefined
      : `${PASSWORD} or ${APP} is not there any more`,
}

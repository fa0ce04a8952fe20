import { ADMIN, evidenceOf } from '#cli/tutorial/evidence.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** The trail. */
export const AUDIT: Step = {
  name: 'audit',
  title: 'See what happened',
  why: [
    'Every answer of the server, and every refusal, is in its audit trail before it leaves. ' +
      'Ask for every reading of the password: yours, those of the app, and at the end its refusal, with the reason. ' +
      'Without the two options the command shows everything, with a user named guide: ' +
      'that is this tutorial, which looks there whether your steps are done.',
  ],
  show: [{ line: 'strongroom audit --resource variable:app/password --operation fetch' }],
  check: async (world) =>
    (await evidenceOf(world, { role: ADMIN, operation: 'list', kind: 'audit' })) === undefined
      ? 'nobody has read the trail'
      : undefined,
  proved: 'You have read the trail, and that stands in it as well.',
}

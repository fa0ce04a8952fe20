import { ADMIN, evidenceOf } from '#cli/tutorial/evidence.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** Who one is to the server. */
export const LOOK_AROUND: Step = {
  name: 'look-around',
  title: 'Look around',
  why: [
    'This is a real server with a database of its own, and you are logged in as its administrator. ' +
      'Every command below is the one that you would type at work. ' +
      'Begin by asking the server who you are to it.',
  ],
  show: [{ line: 'strongroom whoami' }],
  check: async (world) =>
    (await evidenceOf(world, { role: ADMIN, operation: 'check', kind: 'identity-check' })) ===
    undefined
      ? 'the server has not been asked who you are'
      : undefined,
  proved: 'The server knows you: its audit trail has your question, as admin.',
}

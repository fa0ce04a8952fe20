import { ADMIN, evidenceOf } from '#cli/tutorial/evidence.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** Who may do what, and why. */
export const WHY: Step = {
  name: 'why',
  title: 'Ask why',
  why: [
    'In a year, somebody will want to know why the app may read this password, and who else may. ' +
      '`why` shows the grants that lead there, or what is missing; `who` lists everybody. ' +
      'You are in the list yourself: as the administrator you own everything.',
  ],
  show: [
    { line: 'strongroom why host:app/web execute variable:app/password' },
    { line: 'strongroom who variable:app/password' },
  ],
  check: async (world) => {
    const why = await evidenceOf(world, { role: ADMIN, operation: 'explain' })
    if (why === undefined) return 'the server has not been asked why'
    const who = await evidenceOf(world, { role: ADMIN, operation: 'access' })
    return who === undefined ? 'the server has not been asked who else may' : undefined
  },
  proved: 'The server has explained the access of one, and listed that of all.',
}

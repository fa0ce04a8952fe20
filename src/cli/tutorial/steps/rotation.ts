import { ADMIN, APP, evidenceOf, PASSWORD } from '#cli/tutorial/evidence.ts'
import type { Evidence } from '#cli/tutorial/evidence.ts'
import { setCommand } from '#cli/tutorial/set-command.ts'
import type { Step, World } from '#cli/tutorial/step.ts'

/** The password and the key of the app are replaced. */
export const ROTATION: Step = {
  name: 'rotation',
  title: 'Change what may have leaked',
  why: [
    'A new value takes the place of the old one: whoever starts the app again gets it, ' +
      'and `strongroom run --watch` does that by itself. ' +
      'Nothing is built or deployed anew. ' +
      'The API key of the app is a secret as well: with the last command the app replaces its own, ' +
      'and the old one ends at once.',
  ],
  show: [
    setCommand(),
    { line: 'CONJURRC=web.rc strongroom run -- sh app.sh' },
    { line: 'CONJURRC=web.rc strongroom host rotate-api-key > /dev/null' },
  ],
  check: async (world) => {
    const set = await evidenceOf(world, { operation: 'update', resource: PASSWORD })
    if (set === undefined) return 'app/password still has its old value'
    const fetched: Evidence = { role: APP, operation: 'fetch', resource: PASSWORD, after: set }
    if ((await evidenceOf(world, fetched)) === undefined) {
      return 'the value is new, and the app has not read it: run it again'
    }
    if (!(await isKeyNew(world))) return 'the app still has its old API key'
    return (await world.appCanLogIn())
      ? undefined
      : 'its API key is new, but the app does not have it: log it in again, as before'
  },
  proved: 'The app has the new password, and a new API key that is good.',
}

/** Whether the app replaced its own key, or the administrator did. */
async function isKeyNew(world: World): Promise<boolean> {
  const own = await evidenceOf(world, { role: APP, operation: 'rotate', kind: 'api-key' })
  if (own !== undefined) return true
  const entries = await world.trail({ role: ADMIN, operation: 'rotate', result: 'success' })
  return entries.some(({ event }) => String(event.subject['role']).endsWith(`:${APP}`))
}

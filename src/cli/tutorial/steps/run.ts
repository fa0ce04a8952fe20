import { APP, evidenceOf, PASSWORD } from '#cli/tutorial/evidence.ts'
import { APP_LOG } from '#cli/tutorial/given.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** An app is started with its secrets. */
export const RUN: Step = {
  name: 'run',
  title: 'Start the app with its secret',
  why: [
    '`strongroom run` reads secrets.yml, fetches what it names, and starts the command with it in its environment. ' +
      'The secret is in no file, no image and no repository, only in the app while it runs. ' +
      'The app need not know of Strongroom: it reads $PASSWORD.',
  ],
  file: 'secrets.yml',
  show: [{ line: 'CONJURRC=web.rc strongroom run -- sh app.sh' }],
  check: async (world) => {
    const read = await evidenceOf(world, { role: APP, operation: 'fetch', resource: PASSWORD })
    if (read === undefined) return 'the app has not read app/password'
    return world.hasFile(APP_LOG)
      ? undefined
      : 'the value was read, but app.sh has not run: start it with `strongroom run`'
  },
  proved: 'The app ran, and the server gave its password to host/app/web.',
}

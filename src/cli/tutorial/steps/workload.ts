import { APP, evidenceOf } from '#cli/tutorial/evidence.ts'
import type { Step } from '#cli/tutorial/step.ts'

/** The app logs in. */
export const WORKLOAD: Step = {
  name: 'workload',
  title: 'Let the app log in as itself',
  why: [
    'An app does not log in as a person: it is a host of its own, and web.rc is its configuration, ' +
      'as if it ran on another machine. ' +
      'Here it logs in with an API key, a long random password: the first command makes a new one ' +
      'and hands it straight to the second, so that nobody sees it. ' +
      'In production there need not even be a key: a workload is recognised by what it is, such as the token ' +
      'that Kubernetes signs for its pod (docs/authenticators).',
  ],
  show: [
    {
      line: 'strongroom host rotate-api-key -i app/web |\n  CONJURRC=web.rc strongroom login -i host/app/web',
    },
    { line: 'CONJURRC=web.rc strongroom whoami' },
  ],
  check: async (world) => {
    const asked = await evidenceOf(world, {
      role: APP,
      operation: 'check',
      kind: 'identity-check',
    })
    if (asked !== undefined) return undefined
    return (await world.appCanLogIn())
      ? 'the app can log in; now ask who it is, with CONJURRC=web.rc before the command'
      : 'the app cannot log in yet: web.rc has no API key of host/app/web that is good'
  },
  proved: 'The server takes the app for host/app/web.',
}

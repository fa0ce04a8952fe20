import type { Step } from '#cli/tutorial/step.ts'

/** Where to go from here. */
export const ONWARD: Step = {
  name: 'onward',
  title: 'Where to go next',
  why: [
    'That was the whole of it: policy, secrets, apps that log in as themselves, rotation, revocation, audit. ' +
      'For a server that stays, start `strongroom server`, and point yourself at it with `strongroom init`.',
    'Every command explains itself with --help. The rest is in the documentation of Strongroom:',
    'docs/authenticators: apps without a first secret (Kubernetes, AWS, Azure, Google Cloud, GitHub, GitLab, SPIFFE, certificates).',
    'docs/second-factor.md: a code or a passkey before what must not hang on a password alone.',
    'docs/reference/run.md: files, templates, --watch, --mask, --fallback of `strongroom run`.',
    'docs/reference/client.md: the library for JavaScript and TypeScript.',
    'docs/migrating-from-conjur.md: coming from a Conjur server.',
  ],
  show: [],
  proved: '',
}

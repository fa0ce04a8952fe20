import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'

const id = {
  short: 'i',
  value: 'id',
  required: true,
  summary: 'the authenticator, for example authn-jwt/kube',
} as const

const exits = {
  5: 'it may not be changed',
  6: 'there is no such authenticator, or none that may be seen',
} as const

const object = 'the authenticator, as the API shows it'

const commands: readonly Command[] = [
  command(
    {
      name: 'enable',
      summary: 'let an authenticator of the account be used',
      options: { id },
      shows: 'that it was done: `done`, `id` and `enabled`',
      exits,
      examples: ['strongroom authenticator enable -i authn-jwt/kube'],
    },
    async () => (await import('#cli/authenticator.ts')).enable,
  ),
  command(
    {
      name: 'disable',
      summary: 'let an authenticator of the account no longer be used',
      options: { id },
      shows: 'that it was done: `done`, `id` and `enabled`',
      exits,
      examples: ['strongroom authenticator disable -i authn-jwt/kube'],
    },
    async () => (await import('#cli/authenticator.ts')).disable,
  ),
  command(
    {
      name: 'list',
      summary: 'list the authenticators of the account',
      options: { type: { value: 'type', summary: 'only those of a type, for example jwt' } },
      shows: 'a list of authenticators, as the API shows them',
      examples: ['strongroom authenticator list --output table'],
    },
    async () => (await import('#cli/authenticator.ts')).listAuthenticators,
  ),
  command(
    {
      name: 'show',
      summary: 'show an authenticator',
      description: 'Its variables are shown to those who may read them.',
      options: { id },
      shows: object,
      exits: { 6: exits[6] },
      examples: ['strongroom authenticator show -i authn-jwt/kube'],
    },
    async () => (await import('#cli/authenticator.ts')).showAuthenticator,
  ),
  command(
    {
      name: 'status',
      summary: 'tell whether an authenticator works, and what is wrong with it',
      options: { id },
      shows: 'an object with `status`, which is `ok` or `error`, `error`, and `checks`',
      exits: { 3: 'it does not work', 5: 'its status may not be seen', 6: exits[6] },
      examples: ['strongroom authenticator status -i authn-jwt/kube'],
    },
    async () => (await import('#cli/authenticator.ts')).status,
  ),
  command(
    {
      name: 'create',
      summary: 'make an authenticator with all that belongs to it',
      description:
        'Its policy, groups, webservice and variables are made in one step. What the variables hold comes from a file in YAML or ' +
        'JSON, by the names of the API.',
      options: {
        id,
        file: {
          short: 'f',
          value: 'file',
          isFile: true,
          summary: 'what its variables hold, - for the standard input',
        },
        owner: { value: 'role', summary: 'who owns it, as KIND:ID' },
        annotation: {
          value: 'name=value',
          type: 'repeated',
          summary: 'an annotation; may stand several times',
        },
        disabled: { summary: 'without letting it be used yet' },
      },
      shows: object,
      exits: {
        2: 'what its variables hold is not valid',
        5: exits[5],
        6: 'there is no policy for its type',
        7: 'there is one of that name',
      },
      examples: ['strongroom authenticator create -i authn-jwt/kube -f kube.yml'],
    },
    async () => (await import('#cli/authenticator.ts')).createAuthenticator,
  ),
  command(
    {
      name: 'init-ca',
      summary: 'make the authority that signs the certificates of pods',
      description:
        'For authn-k8s. The server makes its key, which becomes the value of the variable `ca/key` and is not shown, and its ' +
        'certificate, the value of `ca/cert`.',
      options: {
        id: { ...id, summary: 'the authenticator, for example authn-k8s/prod' },
        replace: { summary: 'end one that is there already, and all its certificates' },
        'keep-previous': {
          summary: 'let the certificates of one that is there already count until they end',
        },
      },
      shows: 'the authority: `certificate`, `fingerprint` and `not_after`',
      exits: {
        5: exits[5],
        6: 'there are no such variables, or none that may be seen',
        7: 'there is one already',
      },
      examples: ['strongroom authenticator init-ca -i authn-k8s/prod'],
    },
    async () => (await import('#cli/authenticator.ts')).initAuthority,
  ),
  command(
    {
      name: 'delete',
      summary: 'delete an authenticator with all that belongs to it',
      options: { id },
      shows: 'that it was done: `done` and `id`',
      exits,
      examples: ['strongroom authenticator delete -i authn-jwt/kube'],
    },
    async () => (await import('#cli/authenticator.ts')).deleteAuthenticator,
  ),
]

/** How workloads and people are recognised. */
export const AUTHENTICATOR: Group = {
  name: 'authenticator',
  summary: 'see, make and switch authenticators',
  commands,
}

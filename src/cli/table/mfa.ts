import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'

const ENROLLED =
  'the `factor`, and with the first one `recovery_codes`, which are null from then on'

const remote = {
  summary: 'in a browser on another machine: its page shows a code, which is asked for here',
} as const

const list: Command = command(
  {
    name: 'list',
    summary: 'list your second factors',
    shows:
      '`factors` (each with `id`, `kind`, `name`, `created_at`, `last_used_at`) and `recovery_codes_left`',
    exits: { 5: 'not a user: hosts have no second factors' },
    examples: ['strongroom mfa list', 'strongroom mfa list --output table'],
  },
  async () => (await import('#cli/mfa.ts')).listFactors,
)

const addTotp: Command = command(
  {
    name: 'totp',
    summary: 'add an authenticator app',
    description:
      'Shows what the app needs to know, on a terminal as a QR code, and asks for the code that the app then shows; without a terminal that code ' +
      'is read from the standard input. With the first factor come recovery codes, for the day on which it is lost: they are shown this once.',
    options: { name: { value: 'name', summary: 'what to call it, for example phone' } },
    shows: ENROLLED,
    exits: {
      4: 'the code is wrong',
      7: 'you have as many as there may be',
      11: 'there are factors already, and one of them must be proven first',
    },
    examples: ['strongroom mfa add totp --name phone'],
  },
  async () => (await import('#cli/mfa-enrol.ts')).addTotp,
)

const addPasskey: Command = command(
  {
    name: 'passkey',
    summary: 'add a passkey: a security key, a phone, or this machine',
    description:
      'Opens a page of the server in a browser, where the passkey is used. The server must be started with `public-url`.',
    options: {
      name: { value: 'name', standard: 'passkey', summary: 'what to call it' },
      remote,
    },
    shows: ENROLLED,
    exits: {
      1: 'the server offers no passkeys',
      4: 'the passkey was not used within five minutes, or the code is wrong',
      7: 'you have as many as there may be',
      11: 'there are factors already, and one of them must be proven first',
    },
    examples: ['strongroom mfa add passkey --name laptop'],
  },
  async () => (await import('#cli/mfa-enrol.ts')).addPasskey,
)

const remove: Command = command(
  {
    name: 'remove',
    summary: 'remove one of your second factors',
    description:
      'A factor of yours must be proven first. All your access tokens end, on every machine; a login of this one that kept a token keeps the new one.',
    positionals: [{ name: 'id', summary: 'the factor, as `list` shows it' }],
    shows: 'that it was done: `done` and `id`',
    exits: { 6: 'you have no such factor', 11: 'a factor must be proven first' },
    examples: ['strongroom mfa remove "$FACTOR"'],
  },
  async () => (await import('#cli/mfa.ts')).removeFactor,
)

const recoveryCodes: Command = command(
  {
    name: 'recovery-codes',
    summary: 'make new recovery codes, and show them this once',
    description: 'Those that there were end at once. A factor must be proven first.',
    shows: 'the `recovery_codes`',
    exits: { 7: 'you have no second factor', 11: 'a factor must be proven first' },
    examples: ['strongroom mfa recovery-codes'],
  },
  async () => (await import('#cli/mfa.ts')).renewRecoveryCodes,
)

const verify: Command = command(
  {
    name: 'verify',
    summary: 'prove a second factor, and show the access token that says so',
    description:
      'On a terminal a code is asked for and not shown; otherwise it is the standard input, or what `STRONGROOM_MFA_CODE` holds. It is that of an ' +
      'authenticator app, or a recovery code. Other commands, on a terminal or with `STRONGROOM_MFA_CODE`, prove a factor by themselves when the server demands ' +
      'one; the token is for programs, in `CONJUR_AUTHN_TOKEN`. Whoever has it is the caller until it ends.',
    options: {
      passkey: { summary: 'with a passkey, in a browser on this machine' },
      remote,
      header: { short: 'H', summary: 'as the header that carries the token' },
    },
    shows: 'the token as the server issued it; with `--header` an object with `Authorization`',
    exits: {
      1: 'the server offers no passkeys',
      4: 'the code is wrong, was used before, or too many were wrong; or the passkey was not used within five minutes',
      11: 'you have no second factor',
    },
    examples: ['strongroom mfa verify', 'strongroom mfa verify --header'],
  },
  async () => (await import('#cli/mfa-verify.ts')).verifyFactor,
)

const reset: Command = command(
  {
    name: 'reset',
    summary: 'remove all second factors of a user who lost them',
    description:
      'For whoever may `update` the user, and has proven a factor, if they have one. All access tokens of the user end.',
    positionals: [{ name: 'login', summary: 'the user' }],
    options: { force: { summary: 'without asking' } },
    shows: 'that it was done: `done` and `login`',
    exits: {
      2: 'nobody confirmed it',
      5: 'they may not be removed',
      6: 'there is no such user, or none that may be seen',
      11: 'a factor of your own must be proven first',
    },
    examples: ['strongroom mfa reset alice --force'],
  },
  async () => (await import('#cli/mfa.ts')).resetFactors,
)

/** Second factors of people. */
export const MFA: Group = {
  name: 'mfa',
  summary: 'manage and prove second factors',
  commands: [
    list,
    { name: 'add', summary: 'add a second factor', commands: [addTotp, addPasskey] },
    remove,
    recoveryCodes,
    verify,
    reset,
  ],
}

import { command } from '#cli/command.ts'
import type { Group } from '#cli/command.ts'
import { EXIT_CODE } from './verdict.ts'

/** Being recognised. */
export const AUTHN: Group = {
  name: 'authn',
  summary: 'see how workloads are recognised',
  commands: [
    command(
      {
        name: 'explain',
        summary: 'show why an authenticator recognises a host, or what is missing',
        description:
          'Goes through a login and gives no token. With a proof of the host it shows what each of its conditions was held against and ' +
          'who vouches for that; without one, what they demand. Only a Strongroom server can tell.',
        positionals: [
          { name: 'host', summary: 'the host, or another role as KIND:ID, such as user:alice' },
        ],
        options: {
          service: {
            short: 's',
            value: 'id',
            required: true,
            summary: 'the authenticator, for example authn-jwt/kube',
          },
          'token-file': {
            short: 't',
            value: 'file',
            isFile: true,
            summary:
              'the token, or whatever else the host proves itself with; - for the standard input',
          },
          from: {
            value: 'address',
            summary:
              'the IP address that the host would log in from; without it, it may be anywhere',
          },
          'exit-code': EXIT_CODE,
        },
        shows:
          'an object with `role`, `outcome`, which is `recognised`, `refused` or `unproven`, `checks`, `conditions` (each with ' +
          '`attribute`, `outcome`, which is `passed`, `failed`, `missing` or `unknown`, `expected`, `stated_by`, `source` and ' +
          '`values`) and `attributes`',
        exits: {
          5: 'it may not be asked; or the host is refused, with --exit-code',
          6: 'there is no such authenticator or host, or none that may be seen',
        },
        examples: [
          'strongroom authn explain --service authn-jwt/ci jobs/build',
          'strongroom authn explain --service authn-jwt/ci --token-file job.jwt jobs/build',
          'strongroom authn explain --service authn-jwt/ci --token-file job.jwt --from 10.1.2.3 jobs/build',
        ],
      },
      async () => (await import('#cli/explain-authentication.ts')).explainAuthentication,
    ),
  ],
}

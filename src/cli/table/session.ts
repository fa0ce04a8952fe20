import { command } from '#cli/command.ts'
import type { Entry } from '#cli/command.ts'

/** Which server there is, and who one is there. */
export const SESSION: readonly Entry[] = [
  command(
    {
      name: 'init',
      summary: 'choose the server and trust its certificate',
      description:
        'Writes the address of the server and the account into ~/.conjurrc, which all clients of the family read. When the ' +
        'certificate of the server is not from an authority that is trusted here, it is shown, and trusted from then on if ' +
        'somebody agrees.',
      positionals: [
        {
          name: 'edition',
          summary: 'which server it is; all are spoken to alike',
          choices: ['self-hosted', 'oss', 'enterprise', 'OSS', 'open-source', 'CE'],
          isOptional: true,
        },
      ],
      options: {
        url: { short: 'u', value: 'url', summary: 'the address of the server' },
        account: { short: 'a', value: 'account', summary: 'the account' },
        'ca-cert': {
          short: 'c',
          value: 'file',
          isFile: true,
          summary: 'trust the certificates in this file',
        },
        'self-signed': {
          short: 's',
          summary: 'trust the certificate that the server shows, without asking',
        },
        insecure: {
          short: 'i',
          summary: 'allow an http URL: anybody on the way can read everything',
        },
        file: {
          short: 'f',
          value: 'file',
          isFile: true,
          summary: 'the configuration to write (default: ~/.conjurrc)',
        },
        'cert-file': {
          value: 'file',
          isFile: true,
          summary: 'the certificate to write (default: ~/conjur-server.pem)',
        },
        'authn-type': {
          short: 't',
          value: 'type',
          choices: ['authn', 'ldap', 'oidc', 'jwt', 'cert', 'iam', 'azure', 'gcp'],
          summary: 'how to log in; by password or API key when absent',
        },
        'service-id': { value: 'name', summary: 'the authenticator to log in by' },
        'jwt-file': { value: 'file', isFile: true, summary: 'the token to log in with (jwt)' },
        'jwt-host-id': { value: 'id', summary: 'the host to log in as (jwt, iam, azure, gcp)' },
        'client-cert': {
          value: 'file',
          isFile: true,
          summary: 'the certificate to log in with, and those that vouch for it (cert)',
        },
        'client-key': {
          value: 'file',
          isFile: true,
          summary: 'its key, without passphrase (cert)',
        },
        'cert-host-id': {
          value: 'id',
          summary: 'the host to log in as, unless the certificate names it (cert)',
        },
        'iam-server-id': {
          value: 'name',
          summary: 'what the server is called, if it wants to be named (iam)',
        },
        'azure-client-id': { value: 'id', summary: 'which identity, if there are several (azure)' },
        'azure-resource': {
          value: 'uri',
          summary: 'what the token is for, as the server demands it (azure)',
        },
        'force-netrc': { summary: 'keep logins in ~/.netrc even where there is a keyring' },
        force: { summary: 'overwrite without asking' },
        env: { value: 'edition', summary: 'the same as the edition', isHidden: true },
      },
      shows: 'the files that were written: `configuration` and, if there is one, `certificate`',
      exits: {
        9: 'the server cannot be reached',
        10: 'nobody trusted the certificate, or it is not good for that address',
      },
      examples: ['strongroom init -u $URL -a acme --insecure --force'],
    },
    async () => (await import('#cli/init.ts')).init,
  ),
  command(
    {
      name: 'login',
      summary: 'log in and keep what proves it',
      description:
        'A password is exchanged for an API key, which is kept; the password is not. With `authn_type: ldap` the password is ' +
        'that of the directory. With `authn_type: oidc` a browser opens and the access token is kept, until it ends. With ' +
        '`authn_type: jwt`, `cert`, `iam`, `azure` or `gcp` nothing is kept, and it is tried whether the server believes it. It is kept in the keyring of the system where there is one, ' +
        'in ~/.netrc otherwise; `credential_storage` chooses.',
      options: {
        id: { short: 'i', value: 'id', summary: 'a user, or a host as host/PATH' },
        password: {
          short: 'p',
          value: 'password',
          summary:
            'its password or API key: others on this machine can see it; asked for when absent',
        },
      },
      shows: 'where the login is kept: `kept_in`',
      exits: { 4: 'the id or the password is wrong' },
      examples: ['strongroom login -i alice'],
    },
    async () => (await import('#cli/login.ts')).login,
  ),
  command(
    {
      name: 'logout',
      summary: 'forget what login kept',
      shows: 'that it was done: `done`',
      examples: ['strongroom logout'],
    },
    async () => (await import('#cli/login.ts')).logout,
  ),
  command(
    {
      name: 'whoami',
      summary: 'show who is logged in',
      shows: 'what the server knows of the caller, as `GET /whoami` answers',
      examples: ['strongroom whoami', 'strongroom whoami --output table'],
    },
    async () => (await import('#cli/whoami.ts')).whoami,
  ),
  command(
    {
      name: 'authenticate',
      summary: 'show an access token',
      description:
        'Whoever has the token is the caller until it ends, eight minutes unless the server says otherwise.',
      options: {
        header: { short: 'H', summary: 'as the header that carries it' },
      },
      shows: 'the token as the server issued it; with `--header` an object with `Authorization`',
      examples: ['strongroom authenticate --header'],
    },
    async () => (await import('#cli/authenticate.ts')).authenticate,
  ),
]

import { homedir } from 'node:os'
import { AUTHENTICATOR_TYPES } from '#app/authenticator-table.ts'
import type { AuthenticatorField } from '#app/authenticator-field.ts'
import { openApiDocument } from '#http/openapi/document.ts'
import { routeTable } from '#http/route-table.ts'
import type { Uses } from '#http/route-table.ts'
import { failureCodes } from '#lib/failure.ts'
import { VERSION } from '../src/main/version.ts'
import { cliPages } from './cli-pages.ts'
import { tutorialPage } from './tutorial-page.ts'
import { readMfaPage } from '../src/main/server/mfa-page.ts'
import { CONJUR_KEYS, CONJUR_VARIABLES } from '../src/main/server/conjur-variables.ts'
import { CONJUR_FILE, PREFIX, SETTINGS, variableOf } from '../src/main/server/setting-table.ts'

/** The generated pages: their paths from the root of the project, and their texts. */
export const pages = (): Readonly<Record<string, string>> => ({
  'docs/reference/configuration.md': configuration(),
  'docs/reference/errors.md': errors(),
  'docs/reference/authenticators.md': authenticators(),
  ...cliPages(HEAD),
  'docs/tutorial.md': tutorialPage(HEAD),
  'docs/reference/openapi.json': openApi(),
})

const HEAD = '<!-- Written by scripts/docs.ts: change the table in the source instead. -->\n'

function configuration(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const { help, standard, secret, live = false, aliases = [] } = setting
    const variables = [variableOf(name), ...aliases]
    const flag = secret === true ? 'none: it is a secret' : `\`--${name}\``
    return `| \`${name}\` | ${flag} | ${variables.map((text) => `\`${text}\``).join(', ')} | ${shown(name, standard)} | ${live ? 'yes' : ''} | ${help} |`
  })
  return `${HEAD}# Configuration of the server

A flag overrides the environment, the environment overrides the file, the file overrides the standard value. The file is YAML and
maps names to values; a list is a sequence there and words between commas elsewhere. A name that is unknown or a value that is invalid stops
the start with a message that says where it stands. An environment variable of white space counts as unset. For \`on\` and \`off\` there
may be \`true\` and \`false\`. \`strongroom admin configuration show\` prints each setting with where its value comes from.

A setting that is _live_ is taken by a running server that is told to reload; any other needs a restart. A reload reads the files again (flags and
environment of a process cannot change), and either takes everything that is live or, when something is wrong, says so in the log and goes
on as before. See [signals](#signals).

| name in the file | flag | environment | standard value | live | meaning |
|---|---|---|---|---|---|
${rows.join('\n')}

The first start makes what is missing in the data folder: \`master.key\` (mode 0600), \`tls/cert.pem\` and \`tls/key.pem\`, the database in
\`postgres/\`, and an account with an administrator. The administrator's API key is shown on the terminal; when the
output is not a terminal it is written to \`admin-api-key\` in the data folder (mode 0600). **Keep a copy of the master key apart from the data**: without
it nothing that is stored can be read, and with the data alone nobody else can read it either.

Passwords are guarded against guessing: after \`login-attempts\` failures one after the other a role must wait \`login-lock\` seconds, and
twice as long after each further failure, up to \`login-lock-max\`. A lock is answered like a wrong password, is the same on all nodes, does not
touch API keys, and ends by itself or by \`strongroom admin role unlock\`. The same rule guards the codes of second factors, under a counter of their own; there
the person is told, by 429 and \`Retry-After\`.

## Waiting for the database

A start waits up to \`database-wait\` seconds for the PostgreSQL of \`database-url\`. From the first attempt that fails, and every 5 seconds from then on, the log
has a line \`waiting for the database\` with its address, until when, and why the last attempt failed. Then the program ends with exit code 9. A wrong password, an
unknown database or a certificate that is not trusted ends it at once. SIGTERM ends the wait.

## Signals

| signal | to the server |
|---|---|
| SIGTERM, SIGINT | stops: requests under way end first; the second one does not wait for them |
| SIGUSR2 | reloads settings and certificate; \`strongroom admin configuration apply\` sends it |
| SIGHUP | the same; on a terminal it stops the server, because the terminal is gone |
| SIGUSR1 | nothing: Node's debugger, which it opens elsewhere, is switched off |

## Settings of a Conjur server

The environment of a Conjur server is understood as it is: where the table lists two or more variables, ours (\`${PREFIX}…\`) overrides the
others, and of these an earlier one a later one. Its file \`${CONJUR_FILE}\` is read as well, before ours, so that anything said elsewhere
overrides it. Variables \`CONJUR_…\` and names in that file that mean nothing here are ignored, and listed in the log at the start; an
unknown \`${PREFIX}…\` stops the start.

| name in \`conjur.yml\` | setting |
|---|---|
${conjurNames()}

These have no effect, or theirs is elsewhere:

| variable | |
|---|---|
${conjurFates()}

\`CONJUR_DATA_KEY\` is taken as the master key: the same 32 bytes guard both. A database of Conjur's is not read by starting on it but taken
over, see [strongroom admin import](admin.md).

\`database-url\` is \`postgres://user:password@host:port/database\` with the parameters \`sslmode\` (\`verify-full\` unless stated;
\`verify-ca\`, \`require\`, \`disable\`), \`sslrootcert\`, \`sslcert\`, \`sslkey\` (files), \`host\`, \`port\` and \`application_name\`.
`
}

const conjurNames = (): string =>
  Object.entries(SETTINGS)
    .flatMap(([name, { conjurKey }]) =>
      conjurKey === undefined ? [] : [`| \`${conjurKey}\` | \`${name}\` |`],
    )
    .join('\n')

function conjurFates(): string {
  const keys = new Map(Object.entries(CONJUR_KEYS).map(([key, variable]) => [variable, key]))
  return Object.entries(CONJUR_VARIABLES)
    .map(([variable, { fate }]) => {
      const key = keys.get(variable)
      return `| \`${variable}\`${key === undefined ? '' : `, \`${key}\``} | ${fate} |`
    })
    .join('\n')
}

/** The standard data folder is that of whoever runs this, which is nobody else's business. */
function shown(name: string, standard: string | undefined): string {
  if (name === 'data-dir') return '`~/.local/share/strongroom`, for root `/var/lib/strongroom`'
  if (standard === undefined || standard === '') return ''
  return `\`${standard.replace(homedir(), '~')}\``
}

function authenticators(): string {
  const sections = AUTHENTICATOR_TYPES.map(({ authenticator, name, fields, annotations = [] }) =>
    [
      `## ${authenticator}`,
      `In the v2 API \`${name}\`.`,
      fields.length === 0 ? 'It has no variables.' : settingRows('variable', fields),
      ...(annotations.length === 0 ? [] : [settingRows('annotation', annotations)]),
    ].join('\n\n'),
  )
  return `${HEAD}# Settings of authenticators

Variables stand below \`conjur/TYPE/SERVICE/\`, annotations on its webservice. One that is declared and has no value makes the authenticator refuse
everybody; \`strongroom authenticator status\` says which.

${sections.join('\n\n')}
`
}

const settingRows = (kind: string, fields: readonly AuthenticatorField[]): string =>
  [
    `| ${kind} | | meaning |`,
    '|---|---|---|',
    ...fields.map(({ variable, meaning, isRequired = false, isSecret = false }) => {
      const marks = [...(isRequired ? ['required'] : []), ...(isSecret ? ['secret'] : [])]
      return `| \`${variable}\` | ${marks.join(', ')} | ${meaning} |`
    }),
  ].join('\n')

function errors(): string {
  const rows = Object.entries(failureCodes).map(
    ([code, { status, exit }]) => `| \`${code}\` | ${status} | ${exit} |`,
  )
  return `${HEAD}# Errors

Every failure has one of these codes. The server answers with the status; a command that ends with the failure exits with the exit code
(\`strongroom run\` with 127, or 126 when the command cannot be run, as shells do). Bodies are those of the Conjur API: \`{"error":{"code","message",…}}\`, except that
\`bad_request\`, \`unauthorized\` and \`forbidden\` have none, \`token_invalid\` and \`address_rejected\` are plain text, \`malformed\`
appears as \`bad_request\`, and \`credential_weak\` and \`token_expired\` as \`unauthorized\`. What is not in this list is a bug: it answers 500 with the id of the request, and the
server's log has the rest.

| code | HTTP status | exit code |
|---|---|---|
${rows.join('\n')}
`
}

/** Of a server on which everything is switched on. */
function openApi(): string {
  // To describe the routes calls nothing of what they use.
  const routes = routeTable({} as Uses, {
    version: VERSION,
    mfaPage: readMfaPage(),
    ready: async () => {},
    metrics: async () => [],
  })
  return `${JSON.stringify(openApiDocument(routes, VERSION), undefined, 2)}\n`
}

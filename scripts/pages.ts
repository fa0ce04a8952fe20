import { homedir } from 'node:os'
import { failureCodes } from '#lib/failure.ts'
import { CONJUR_FILE, PREFIX, SETTINGS, variableOf } from '../src/main/server/setting-table.ts'

/** The generated pages: their paths from the root of the project, and their texts. */
export const pages = (): Readonly<Record<string, string>> => ({
  'docs/reference/configuration.md': configuration(),
  'docs/reference/errors.md': errors(),
})

const HEAD = '<!-- Written by scripts/docs.ts: change the table in the source instead. -->\n'

function configuration(): string {
  const rows = Object.entries(SETTINGS).map(([name, { help, standard, secret, aliases = [] }]) => {
    const variables = [variableOf(name), ...aliases]
    const flag = secret === true ? 'none: it is a secret' : `\`--${name}\``
    return `| \`${name}\` | ${flag} | ${variables.map((text) => `\`${text}\``).join(', ')} | ${shown(name, standard)} | ${help} |`
  })
  return `${HEAD}# Configuration of the server

A flag overrides the environment, the environment overrides the file, the file overrides the standard value. The file is YAML and
maps names to values; a list is a sequence there and words between commas elsewhere. A name that is unknown or a value that is invalid stops
the start with a message that says where it stands. An environment variable of white space counts as unset. For \`on\` and \`off\` there
may be \`true\` and \`false\`. \`strongroom admin configuration show\` prints each setting with where its value comes from.

| name in the file | flag | environment | standard value | meaning |
|---|---|---|---|---|
${rows.join('\n')}

The first start makes what is missing in the data folder: \`master.key\` (mode 0600), \`tls/cert.pem\` and \`tls/key.pem\`, the database in
\`postgres/\`, and an account with an administrator. The administrator's API key is shown on the terminal; when the
output is not a terminal it is written to \`admin-api-key\` in the data folder (mode 0600). **Keep a copy of the master key apart from the data**: without
it nothing that is stored can be read, and with the data alone nobody else can read it either.

Passwords are guarded against guessing: after \`login-attempts\` failures one after the other a role must wait \`login-lock\` seconds, and
twice as long after each further failure, up to \`login-lock-max\`. A lock is answered like a wrong password, is the same on all nodes, does not
touch API keys, and ends by itself or by \`strongroom admin role unlock\`.

## Settings of a Conjur server

The environment of a Conjur server is understood as it is: where the table lists two or more variables, ours (\`${PREFIX}…\`) overrides the
others, and of these an earlier one a later one. Its file \`${CONJUR_FILE}\` is read as well, before ours, so that anything said elsewhere
overrides it. Variables \`CONJUR_…\` and names in that file that mean nothing here are ignored, and listed in the log at the start; an
unknown \`${PREFIX}…\` stops the start.

| name in \`conjur.yml\` | setting |
|---|---|
${conjurNames()}

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

/** The standard data folder is that of whoever runs this, which is nobody else's business. */
function shown(name: string, standard: string | undefined): string {
  if (name === 'data-dir') return '`~/.local/share/strongroom`, for root `/var/lib/strongroom`'
  if (standard === undefined || standard === '') return ''
  return `\`${standard.replace(homedir(), '~')}\``
}

function errors(): string {
  const rows = Object.entries(failureCodes).map(
    ([code, { status, exit }]) => `| \`${code}\` | ${status} | ${exit} |`,
  )
  return `${HEAD}# Errors

Every failure has one of these codes. The server answers with the status; a command that ends with the failure exits with the exit code
(\`strongroom run\` with 127, or 126 when the command cannot be run, as shells do). Bodies are those of the Conjur API: \`{"error":{"code","message",…}}\`, except that
\`unauthorized\` and \`forbidden\` have none, \`token_invalid\` and \`address_rejected\` are plain text, and \`credential_weak\` and
\`token_expired\` appear as \`unauthorized\`. What is not in this list is a bug: it answers 500 with the id of the request, and the
server's log has the rest.

| code | HTTP status | exit code |
|---|---|---|
${rows.join('\n')}
`
}

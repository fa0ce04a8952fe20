import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Command } from 'commander'
import { importAccount } from '#app/import-conjur.ts'
import type { ImportedAccount } from '#app/import-conjur.ts'
import { parseMasterKey } from '#crypto/master-key.ts'
import { Failure } from '#lib/failure.ts'
import { openConjurSource } from '#storage/conjur/source.ts'
import type { AdminContext } from './context.ts'

/** How long the transaction of one account may take, in milliseconds. */
const IMPORT_MS = 3_600_000

const URL_VARIABLE = 'STRONGROOM_IMPORT_DATABASE_URL'
const KEY_VARIABLE = 'STRONGROOM_IMPORT_DATA_KEY'

/** `import`: takes over the accounts of a Conjur server. */
export const importCommand = (context: AdminContext): Command =>
  new Command('import')
    .description('take over the accounts of a Conjur server from its database')
    .option('--account <name...>', 'only these; all that there are when absent')
    .addHelpText(
      'after',
      `
The database, or a restored dump of it, is named by ${URL_VARIABLE} (postgres://…), its data key by
${KEY_VARIABLE} or CONJUR_DATA_KEY. Nothing is written there. An account is taken over whole or not at all.`,
    )
    .action(({ account }: { account?: readonly string[] }) => takeOver(context, account))

async function takeOver(context: AdminContext, only: readonly string[] | undefined): Promise<void> {
  const { environment } = context
  const dataKey = dataKeyIn(environment)
  await using source = openConjurSource(mustBeSet(environment, URL_VARIABLE))
  const names = only ?? (await source.accounts())
  await context.withNode(
    async (node) => {
      for (const name of names) {
        const imported = await importAccount({ ...node, source, dataKey }, name)
        for (const line of describe(imported)) context.print(line)
      }
    },
    { short: 5000, long: IMPORT_MS },
  )
}

type Environment = AdminContext['environment']

function dataKeyIn(environment: Environment): KeyObject {
  const text = environment[KEY_VARIABLE] ?? environment['CONJUR_DATA_KEY']
  if (text === undefined) {
    throw new Failure(
      'usage',
      `${KEY_VARIABLE} is not set: it holds the data key of the Conjur server`,
    )
  }
  const bytes = parseMasterKey(text)
  try {
    return createSecretKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

function mustBeSet(environment: Environment, variable: string): string {
  const value = environment[variable]
  if (value !== undefined) return value
  throw new Failure('usage', `${variable} is not set: it names the database of the Conjur server`)
}

/** What was taken over, and what is left to do by hand. */
function describe(imported: ImportedAccount): readonly string[] {
  const { account, passwordsToReset, issuers } = imported
  return [
    `Imported account '${account}': ${countsOf(imported)}`,
    ...passwordsToReset.map(
      (role) => `  password to be set anew: strongroom admin role reset-password ${role}`,
    ),
    ...(issuers === 0 ? [] : [`  issuers to be made anew: ${issuers}`]),
  ]
}

const countsOf = (imported: ImportedAccount): string =>
  [
    `${imported.roles} roles`,
    `${imported.resources} resources`,
    `${imported.secrets} secret versions`,
    `${imported.apiKeys} API keys`,
    `${imported.hostFactoryTokens} host factory tokens`,
  ].join(', ')

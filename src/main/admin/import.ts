import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Command } from 'commander'
import { accountNames } from '#app/account-management.ts'
import type { ConjurSource } from '#app/conjur-source.ts'
import { importAccount, mustOpenWith } from '#app/import-conjur.ts'
import type { ImportParts } from '#app/import-conjur.ts'
import { parseMasterKey } from '#crypto/master-key.ts'
import { Failure } from '#lib/failure.ts'
import { openConjurDump } from '#storage/conjur/dump-source.ts'
import { openConjurSource } from '#storage/conjur/source.ts'
import { installedAuthenticators } from '../server/use-cases.ts'
import type { AdminContext } from './context.ts'
import { describeImport } from './import-report.ts'
import type { AdminNode } from './node.ts'

/** How long the transaction of one account may take, in milliseconds. */
const IMPORT_MS = 3_600_000

const URL_VARIABLE = 'STRONGROOM_IMPORT_DATABASE_URL'
const KEY_VARIABLE = 'STRONGROOM_IMPORT_DATA_KEY'

/** `import`: take over the accounts of a Conjur server. */
export const importCommand = (context: AdminContext): Command =>
  new Command('import')
    .description('take over the accounts of a Conjur server from its database or a dump of it')
    .option('--dump <file>', 'a plain dump of its database (pg_dump without options)')
    .option('--account <name...>', 'only these; all that there are when absent')
    .option('--check', 'say what is there and whether the data key opens it; take nothing over')
    .addHelpText(
      'after',
      `
Without a dump the database is named by ${URL_VARIABLE} (postgres://…); nothing is written there. Its data key is
in ${KEY_VARIABLE} or CONJUR_DATA_KEY. An account is taken over whole or not at all, and one that is here already is passed over.`,
    )
    .action((options: ImportOptions) => takeOver(context, options))

interface ImportOptions {
  readonly dump?: string
  readonly account?: readonly string[]
  readonly check?: boolean
}

async function takeOver(context: AdminContext, options: ImportOptions): Promise<void> {
  const dataKey = dataKeyIn(context.environment)
  await using opened = new AsyncDisposableStack()
  const source = await openSource(context, options, opened)
  const names = options.account ?? (await source.accounts())
  // Before our database is opened, which may create it: a wrong key leaves no trace.
  await mustOpenWith({ source, dataKey }, names)
  if (options.check === true) {
    for (const name of names) context.print(`Account '${name}' can be taken over`)
    return
  }
  await context.withNode((node) => importAll({ context, node, source, dataKey }, names, options), {
    short: 5000,
    long: IMPORT_MS,
  })
}

async function openSource(
  { environment }: AdminContext,
  { dump }: ImportOptions,
  opened: AsyncDisposableStack,
): Promise<ConjurSource> {
  if (dump !== undefined) return openConjurDump(dump)
  return opened.use(openConjurSource(mustBeSet(environment, URL_VARIABLE)))
}

interface Takeover extends Pick<ImportParts, 'source' | 'dataKey'> {
  readonly context: AdminContext
  readonly node: AdminNode
}

/** Accounts that are named must not be here yet; of all accounts, those that are here have been taken over before. */
async function importAll(
  { context, node, source, dataKey }: Takeover,
  names: readonly string[],
  { account }: ImportOptions,
): Promise<void> {
  const here = new Set(account === undefined ? await accountNames(node.store) : [])
  for (const name of names) {
    if (here.has(name)) context.say(`Account '${name}' already exists: passed over`)
    else {
      const imported = await importAccount({ ...node, source, dataKey }, name)
      for (const line of describeImport(imported, installedAuthenticators)) context.print(line)
    }
  }
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

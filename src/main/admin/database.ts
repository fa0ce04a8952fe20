import { Command } from 'commander'
import { generateMasterKey } from '#crypto/master-key.ts'
import { pendingSteps, stepsAfter } from '#storage/postgres/migrate.ts'
import type { AdminContext } from './context.ts'

/** `data-key generate`: a key that the master key can be. */
export const dataKeyCommand = (context: AdminContext): Command =>
  new Command('data-key')
    .description('make a master key')
    .addCommand(
      new Command('generate')
        .description('print a new key: 32 random bytes in base64')
        .action(() => context.print(generateMasterKey())),
    )

/** How long looking at the schema may take, in milliseconds. */
const LOOK_MS = 30_000

/** `db migrate`: what every start does first. */
export const databaseCommand = (context: AdminContext): Command =>
  new Command('db').description('the database').addCommand(
    new Command('migrate')
      .description('create the schema or bring it up to date')
      .option('--preview', 'print the SQL that would run, and run none')
      .action(({ preview = false }: { preview?: boolean }) =>
        preview ? printSteps(context) : migrate(context),
      ),
  )

const migrate = (context: AdminContext): Promise<void> =>
  context.withDatabase(async () => context.say('The schema is up to date'))

const printSteps = (context: AdminContext): Promise<void> =>
  context.withDatabaseAsIs(async (connection) => {
    const steps = connection === undefined ? stepsAfter(0) : await pendingSteps(connection, LOOK_MS)
    if (steps.length === 0) context.say('The schema is up to date')
    for (const { version, text } of steps) {
      context.print(`-- schema ${version}\n${text.trim()}`)
    }
  })

import { Command } from 'commander'
import { stringify } from 'yaml'
import { generateMasterKey } from '#crypto/master-key.ts'
import { describeSettings } from '../server/settings.ts'
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

/** `db migrate`: what every start does first. */
export const databaseCommand = (context: AdminContext): Command =>
  new Command('db')
    .description('the database')
    .addCommand(
      new Command('migrate')
        .description('create the schema or bring it up to date')
        .action(() => context.withNode(async () => context.say('The schema is up to date'))),
    )

const FORMATS = ['text', 'yaml', 'json'] as const

/** `configuration show`: every setting, with where its value comes from. */
export const configurationCommand = (context: AdminContext): Command =>
  new Command('configuration').description('the settings of the server').addCommand(
    new Command('show')
      .description('print each setting with its value and where that comes from')
      .addOption(
        new Command()
          .createOption('-o, --output <format>', 'text, yaml or json')
          .choices(FORMATS)
          .default('text'),
      )
      .action(({ output }: { output: (typeof FORMATS)[number] }) => {
        const settings = describeSettings(context.flags(), context.environment)
        const entries = settings.map(({ name, value, source }) => [name, { value, source }])
        const object: unknown = Object.fromEntries(entries)
        if (output === 'json') context.print(JSON.stringify(object, undefined, 2))
        else if (output === 'yaml') context.print(stringify(object).trimEnd())
        else {
          for (const { name, value, source } of settings)
            context.print(`${name}: ${value} (${source})`)
        }
      }),
  )

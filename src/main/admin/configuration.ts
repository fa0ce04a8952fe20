import { Command } from 'commander'
import { stringify } from 'yaml'
import { runningServers } from '../server/running-servers.ts'
import { describeSettings } from '../server/settings-in-force.ts'
import { shownName } from './conjurctl.ts'
import { Ended } from './context.ts'
import type { AdminContext } from './context.ts'

const FORMATS = ['text', 'yaml', 'json'] as const

/** `configuration`: the settings of the server. The texts are those of conjurctl (reference/conjur-api.md 7.6, 7.7). */
export const configurationCommand = (context: AdminContext): Command =>
  new Command('configuration')
    .description('the settings of the server')
    .addCommand(
      new Command('show')
        .description('print each setting with its value and where that comes from')
        .addOption(
          new Command()
            .createOption('-o, --output <format>', 'text, yaml or json')
            .choices(FORMATS)
            .default('text'),
        )
        .action(({ output }: { output: (typeof FORMATS)[number] }) => show(context, output)),
    )
    .addCommand(
      new Command('apply')
        .description('let the servers of this machine take what can change while they run')
        .option('--test', 'check the settings, and tell no server')
        .action(({ test = false }: { test?: boolean }) => apply(context, test)),
    )

function show(context: AdminContext, output: (typeof FORMATS)[number]): void {
  const settings = describeSettings(context.configuration())
  if (output === 'text') {
    for (const { name, value, source } of settings)
      context.print(`${shownName(context, name)}: ${value} (${source})`)
    return
  }
  const entries = settings.map(({ name, typed, source }) => [
    shownName(context, name),
    { value: typed, source },
  ])
  const object: unknown = Object.fromEntries(entries)
  if (output === 'json') context.print(JSON.stringify(object, undefined, 2))
  else context.print(stringify(object).trimEnd())
}

async function apply(context: AdminContext, isTest: boolean): Promise<void> {
  const { dataDir } = context.settings()
  if (isTest) {
    context.print('Configuration is valid. Server will not be restarted in test mode.')
    return
  }
  const servers = await runningServers(dataDir)
  if (servers.length === 0) {
    context.say('Conjur is not currently running, please start it with conjurctl server.')
    throw new Ended(1)
  }
  for (const pid of servers) process.kill(pid, 'SIGUSR2')
  context.print('Conjur server reboot initiated. New configuration will be applied.')
}

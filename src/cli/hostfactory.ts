import { Command, Option } from 'commander'
import { Failure } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { readLine } from './input.ts'
import { commaList, integer, spanMs, wholeNumber } from './option-values.ts'

interface TokenOptions extends GlobalOptions {
  readonly hostfactoryId?: string
  readonly hostfactoryid?: string
  /** Milliseconds. */
  readonly duration?: number
  readonly durationDays?: number
  readonly durationHours?: number
  readonly durationMinutes?: number
  readonly cidr?: readonly string[]
  readonly count: number
  readonly maxUses?: number
}

interface RevokeOptions extends GlobalOptions {
  readonly token: string
}

interface HostOptions extends GlobalOptions {
  readonly token: string
  readonly id: string
}

/** `strongroom hostfactory tokens create | revoke` and `hosts create`, also in the word order of older clients. */
export function hostFactoryCommand(context: CliContext): Command {
  const hostFactory = new Command('hostfactory').description('let machines make their own hosts')
  const nouns = [
    new Command('tokens')
      .description('make and revoke the tokens with which hosts are made')
      .addCommand(createTokens(context, 'create'))
      .addCommand(revokeToken(context, 'revoke')),
    new Command('hosts')
      .description('make hosts with a token')
      .addCommand(createHost(context, 'create')),
  ]
  const verbs = [
    new Command('create')
      .addCommand(createTokens(context, 'token'))
      .addCommand(createHost(context, 'host')),
    new Command('revoke').addCommand(revokeToken(context, 'token')),
  ]
  for (const noun of nouns) hostFactory.addCommand(noun)
  for (const verb of verbs) hostFactory.addCommand(verb, { hidden: true })
  return hostFactory
}

const createTokens = (context: CliContext, name: string): Command =>
  serverCommand(name, 'make tokens; they are shown once')
    .option('-i, --hostfactory-id <id>', 'the host factory')
    .option(
      '--duration <duration>',
      'how long they are good, such as 10m or 1h30m (default: 10m)',
      spanMs,
    )
    .option(
      '-c, --cidr <ranges>',
      'addresses and ranges they may be used from, separated by commas',
      commaList,
    )
    .option('-n, --count <number>', 'how many', wholeNumber, 1)
    .option(
      '--max-uses <number>',
      'how many hosts each may make, any number when absent',
      wholeNumber,
    )
    .addOption(new Option('--hostfactoryid <id>').hideHelp())
    .addOption(new Option('--duration-days <days>').argParser(integer).hideHelp())
    .addOption(new Option('--duration-hours <hours>').argParser(integer).hideHelp())
    .addOption(new Option('--duration-minutes <minutes>').argParser(integer).hideHelp())
    .action(async (options: TokenOptions) => {
      const factory = options.hostfactoryId ?? options.hostfactoryid ?? ''
      if (factory === '') throw new Failure('usage', 'Must specify --hostfactory-id')
      const order = {
        factory,
        expiration: new Date(Date.now() + lifeOf(options)),
        count: options.count,
        ...(options.cidr === undefined ? {} : { cidrs: options.cidr }),
        ...(options.maxUses === undefined ? {} : { maxUses: options.maxUses }),
      }
      await context.withClient(options, async (client) =>
        context.printJson(await client.createHostFactoryTokens(order)),
      )
    })

const MINUTE = 60_000

/** In milliseconds. Older clients say it in days, hours and minutes. */
function lifeOf({ duration, durationDays, durationHours, durationMinutes }: TokenOptions): number {
  const parts = [durationDays, durationHours, durationMinutes]
  if (parts.some((part = 0) => part < 0)) {
    throw new Failure('usage', 'duration values must be positive')
  }
  if (parts.every((part) => part === undefined)) return duration ?? 10 * MINUTE
  if (duration !== undefined) {
    const text = 'duration can not be used with duration-days, duration-hours or duration-minutes'
    throw new Failure('usage', text)
  }
  const [days = 0, hours = 0, minutes = 0] = parts
  return ((days * 24 + hours) * 60 + minutes) * MINUTE
}

const TOKEN = ['-t, --token <token>', 'the token, - for the standard input'] as const

const revokeToken = (context: CliContext, name: string): Command =>
  serverCommand(name, 'revoke a token; hosts that it made stay')
    .requiredOption(...TOKEN)
    .action(async (options: RevokeOptions) => {
      const token = options.token === '-' ? await readLine(context) : options.token
      await context.withClient(options, (client) => client.revokeHostFactoryToken(token))
      context.print('Token has been revoked.\n')
    })

const createHost = (context: CliContext, name: string): Command =>
  serverCommand(name, 'make a host, or give one that the factory made a new API key')
    .requiredOption(...TOKEN)
    .requiredOption('-i, --id <id>', 'the whole id of the host')
    .action(async (options: HostOptions) => {
      const token = options.token === '-' ? await readLine(context) : options.token
      await context.withClient(options, async (client) =>
        context.printJson(await client.createHost(token, { id: options.id })),
      )
    })

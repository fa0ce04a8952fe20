import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '#client/client.ts'
import { openConnection } from '#client/connect.ts'
import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import { Failure } from '#lib/failure.ts'
import type { Folder } from './folder.ts'
import { APP_CONFIGURATION, GIVEN } from './given.ts'
import { printProgress, unfit } from './progress.ts'
import { runOnTerminal, runToEnd } from './shell.ts'
import type { Step, World } from './step.ts'
import type { Place } from './walk.ts'

/** What a place is made of. */
export interface PlaceParts {
  readonly folder: Folder
  readonly environment: Readonly<Record<string, string>>
  /** The client of the tutorial itself. */
  readonly guide: Client
  readonly steps: readonly Step[]
  readonly signal: AbortSignal
}

/** More than a step leaves in the trail. */
const RECORDS = 200

/** The place of a real walk. */
export function openPlace({ folder, environment, guide, steps, signal }: PlaceParts): Place {
  const { work, progress } = folder
  const shell = { folder: work, environment, signal }
  const names = steps.map(({ name }) => name)
  const asking: Asking = (use) => asAdmin(folder, environment, use)
  const trail: Client['audit'] = (filter) => trailOf(guide, filter)
  return {
    since: (mark): World => ({
      server: {
        check: (...question) => asking((person) => person.check(...question)),
        resourceExists: (id) => asking((person) => person.resourceExists(id)),
        roleExists: (id) => asking((person) => person.roleExists(id)),
      },
      trail: async (filter) =>
        (await trail({ limit: RECORDS, ...filter })).filter(({ id }) => id > mark),
      appCanLogIn: () => appCanLogIn(folder, environment),
      hasFile: (name) => existsSync(join(work, name)),
    }),
    mark: async () => (await trail({ limit: 1 }))[0]?.id ?? 0,
    run: (line) => runOnTerminal(line, shell),
    perform: (line, input) => runToEnd(line, input, shell),
    text: (name) => readTextFile(join(work, name)) ?? GIVEN[name] ?? '',
    keep: (now) => writePrivateFile(progress, printProgress(now, names)),
  }
}

type Asking = <Answer>(use: (client: Client) => Promise<Answer>) => Promise<Answer>

/** Asks with the login that the person has within the tutorial. Throws `unauthorized` when that is not the administrator's. */
async function asAdmin<Answer>(
  { home }: Folder,
  environment: PlaceParts['environment'],
  use: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const { client, credentials } = await openConnection({ environment, home, warn: SILENT })
  try {
    if (credentials.kind !== 'apiKey' || credentials.login !== 'admin') {
      throw new Failure('unauthorized', 'the person is not logged in as admin')
    }
    return await use(client)
  } finally {
    client.close()
  }
}

const SILENT = (): void => undefined

/** The person may take the guide away, as everything else. */
async function trailOf(
  guide: Client,
  filter: Parameters<Client['audit']>[0],
): ReturnType<Client['audit']> {
  try {
    return await guide.audit(filter)
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw unfit('a policy has removed user:guide, who reads the audit trail for it')
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Failure && ['unauthorized', 'forbidden', 'token_invalid'].includes(error.code)

/** Logs in as the app does; what it has may be nothing, or no longer good. */
async function appCanLogIn(
  { home, work }: Folder,
  environment: PlaceParts['environment'],
): Promise<boolean> {
  const own = { ...environment, CONJURRC: join(work, APP_CONFIGURATION) }
  const { client } = await openConnection({ environment: own, home, warn: SILENT })
  try {
    await client.authenticate()
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  } finally {
    client.close()
  }
}

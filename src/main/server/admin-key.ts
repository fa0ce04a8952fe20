import { join } from 'node:path'
import type { Log } from '#lib/log.ts'
import { writePrivate } from './private-file.ts'
import type { Settings } from './settings.ts'

/** The file in which a first start leaves the API key of the administrator. */
export const adminKeyFile = ({ dataDir }: Pick<Settings, 'dataDir'>): string =>
  join(dataDir, 'admin-api-key')

/**
 * The administrator's first API key goes to the terminal; when there is none it goes to a private file, so that it never reaches
 * whatever collects the output.
 */
export async function keepAdminKey(
  key: string,
  { dataDir, account }: Pick<Settings, 'dataDir' | 'account'>,
  log: Log,
): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`\n  The administrator's API key, shown this once:\n\n    ${key}\n`)
    return
  }
  const file = adminKeyFile({ dataDir })
  await writePrivate(file, `${key}\n`)
  const facts = { file, account, login: 'admin' }
  log.info('the API key of the administrator is in a file: log in with it, then delete it', facts)
}

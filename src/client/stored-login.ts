import { Failure, quoted } from '#lib/failure.ts'
import type { NetrcEntry } from './netrc.ts'
import { findEntry, isNetrcToken, withEntry, withoutEntry } from './netrc.ts'
import { isExposed, readTextFile, writePrivateFile } from './private-file.ts'
import type { Settings } from './settings.ts'

/** The file in which logins are kept. */
export const netrcPath = (settings: Settings, home: string): string =>
  settings.netrcPath ?? `${home}/.netrc`

/** The name under which the login for a server is kept (reference/broker-run-cli.md D.4). */
export const machineOf = (url: string): string => `${url.replace(/\/+$/, '')}/authn`

/**
 * Throws `configuration` when the user wants logins kept anywhere but in the file: in the system's key ring, which this
 * program does not use, or nowhere.
 */
export function mustKeepInFile({ credentialStorage = 'file' }: Settings): void {
  if (credentialStorage === 'file') return
  throw new Failure(
    'configuration',
    `the login cannot be kept: the credential storage is ${quoted(credentialStorage)}`,
    { hint: 'set credential_storage to file, or give the credentials in the environment' },
  )
}

/** The login that is kept for the server; `warn` is told when others may read the file. */
export function readLogin(
  path: string,
  url: string,
  warn: (message: string) => void,
): NetrcEntry | undefined {
  const entry = findEntry(readTextFile(path) ?? '', machineOf(url))
  if (entry !== undefined && isExposed(path)) {
    warn(`others may read ${quoted(path)}, which holds a credential; make its mode 0600`)
  }
  return entry
}

/** Keeps a login for the server in place of an earlier one; the file is made 0600. */
export function keepLogin(path: string, url: string, login: string, key: string): void {
  if (!isNetrcToken(login) || !isNetrcToken(key) || !isNetrcToken(machineOf(url))) {
    throw new Failure('configuration', `${quoted(login)} cannot be kept in ${quoted(path)}`, {
      hint: 'that file cannot hold white space; set CONJUR_AUTHN_LOGIN and CONJUR_AUTHN_API_KEY instead',
    })
  }
  const text = readTextFile(path) ?? ''
  writePrivateFile(path, withEntry(text, { machine: machineOf(url), login, password: key }))
}

/** Removes the login for the server; does nothing when there is none. */
export function dropLogin(path: string, url: string): void {
  const text = readTextFile(path) ?? ''
  const rest = withoutEntry(text, machineOf(url))
  if (rest !== text) writePrivateFile(path, rest)
}

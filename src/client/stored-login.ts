import { Failure, quoted } from '#lib/failure.ts'
import { withoutEnd } from '#lib/without-end.ts'
import { findKeyring } from './keyring.ts'
import type { Keyring } from './keyring.ts'
import { findEntry, isNetrcToken, withEntry, withoutEntry } from './netrc.ts'
import { isExposed, readTextFile, writePrivateFile } from './private-file.ts'
import type { Environment, Settings } from './settings.ts'

/** A name and what proves that one is the bearer of it. */
export interface StoredLogin {
  readonly login: string
  readonly password: string
}

/** Where logins are kept, each under the name of a machine. */
export interface LoginStore {
  /** Throws `configuration` when it keeps nothing: to be asked before a person is. */
  mustKeep(): void
  read(machine: string): Promise<StoredLogin | undefined>
  /** In place of an earlier one; answers with where it is now, for people. */
  keep(machine: string, login: StoredLogin): Promise<string>
  /** Does nothing when there is none. */
  drop(machine: string): Promise<void>
}

/** The name under which the login for a server is kept: one for each way to log in. */
export function machineOf(url: string, { authnType = 'authn', serviceId }: Settings): string {
  const base = withoutEnd(url, '/')
  if (authnType !== 'ldap' && authnType !== 'oidc') return `${base}/authn`
  return `${base}/authn-${authnType}/${serviceId ?? ''}`
}

/** Who runs the program, and how to tell them something. */
export interface LoginPlaces {
  readonly environment: Environment
  readonly home: string
  readonly platform?: string
  readonly warn: (message: string) => void
}

/**
 * The store of logins that the settings choose: the system's keyring, the file, or none. Without a choice it is the keyring where
 * there is one that works, and the file otherwise; a login that is kept in one is removed from the other.
 */
export function openLoginStore(settings: Settings, places: LoginPlaces): LoginStore {
  const { environment, home, platform = process.platform, warn } = places
  const { credentialStorage: choice, credentialStorageMode: mode = 'readwrite' } = settings
  if (!['readwrite', 'readonly'].includes(mode)) throw unknown('mode of credential storage', mode)
  const store = chosen(choice, {
    file: fileStore(settings.netrcPath ?? `${home}/.netrc`, warn),
    keyring: findKeyring(environment, platform),
    warn,
  })
  return mode === 'readonly' ? closed(store, 'read only') : store
}

interface Choices extends Pick<LoginPlaces, 'warn'> {
  readonly file: LoginStore
  readonly keyring: Keyring | undefined
}

function chosen(choice: string | undefined, { file, keyring, warn }: Choices): LoginStore {
  switch (choice) {
    case 'none':
      return closed({ ...file, read: async () => undefined }, quoted('none'))
    case 'file':
      return file
    case 'keyring':
      if (keyring === undefined) throw noKeyring()
      return keyringStore(keyring)
    case undefined:
      return keyring === undefined ? file : either(keyring, file, warn)
    default:
      throw unknown('credential storage', choice)
  }
}

const noKeyring = (): Failure =>
  new Failure(
    'configuration',
    'there is no keyring here, and the credential storage is `keyring`',
    {
      hint: 'on Linux it takes secret-tool and a session bus; or set credential_storage to file',
    },
  )

const unknown = (what: string, value: string): Failure =>
  new Failure('configuration', `${quoted(value)} is no ${what}`, {
    hint: 'credential_storage is keyring, file or none; its mode is readwrite or readonly',
  })

/** A store that keeps nothing. */
function closed(store: LoginStore, how: string): LoginStore {
  const mustKeep = (): never => {
    throw new Failure(
      'configuration',
      `the login cannot be kept: the credential storage is ${how}`,
      { hint: 'set credential_storage to file, or give the credentials in the environment' },
    )
  }
  return { ...store, mustKeep, keep: async () => mustKeep(), drop: async () => undefined }
}

/** The file in the format of netrc, mode 0600; `warn` is told when others may read it. */
function fileStore(path: string, warn: (message: string) => void): LoginStore {
  const textOf = (): string => readTextFile(path) ?? ''
  return {
    mustKeep: () => undefined,
    read: async (machine) => {
      const entry = findEntry(textOf(), machine)
      if (entry !== undefined && isExposed(path)) {
        warn(`others may read ${quoted(path)}, which holds a credential; make its mode 0600`)
      }
      return entry
    },
    keep: async (machine, { login, password }) => {
      if (!isNetrcToken(login) || !isNetrcToken(password) || !isNetrcToken(machine)) {
        throw new Failure('configuration', `${quoted(login)} cannot be kept in ${quoted(path)}`, {
          hint: 'that file cannot hold white space; set CONJUR_AUTHN_LOGIN and CONJUR_AUTHN_API_KEY instead',
        })
      }
      writePrivateFile(path, withEntry(textOf(), { machine, login, password }))
      return path
    },
    drop: async (machine) => {
      const text = textOf()
      const rest = withoutEntry(text, machine)
      if (rest !== text) writePrivateFile(path, rest)
    },
  }
}

/** The accounts under which the parts of a login are kept (reference/broker-run-cli.md D.4). */
const LOGIN = 'login'
const PASSWORD = 'password'

const keyringStore = (keyring: Keyring): LoginStore => ({
  mustKeep: () => undefined,
  read: async (machine) => {
    const [login, password] = await Promise.all([
      keyring.get(machine, LOGIN),
      keyring.get(machine, PASSWORD),
    ])
    return login === undefined || password === undefined ? undefined : { login, password }
  },
  keep: async (machine, { login, password }) => {
    await keyring.set(machine, PASSWORD, password)
    await keyring.set(machine, LOGIN, login)
    return `the ${keyring.name}`
  },
  drop: async (machine) => {
    await keyring.delete(machine, PASSWORD)
    await keyring.delete(machine, LOGIN)
  },
})

/** The keyring, and the file where that does not work: a session without a service has its tool nevertheless. */
function either(keyring: Keyring, file: LoginStore, warn: (message: string) => void): LoginStore {
  const first = keyringStore(keyring)
  return {
    mustKeep: () => undefined,
    read: async (machine) =>
      (await unlessRefused(first.read(machine))) ?? (await file.read(machine)),
    keep: async (machine, login) => {
      const place = await unlessRefused(first.keep(machine, login))
      if (place === undefined) return file.keep(machine, login)
      // Nobody is to find the older one there.
      await file.drop(machine)
      return place
    },
    drop: async (machine) => {
      await file.drop(machine)
      const dropped = await unlessRefused(first.drop(machine).then(() => true))
      if (dropped === undefined) warn(`the ${keyring.name} refused: a login in it would stay there`)
    },
  }
}

/** `undefined` where the keyring cannot be used. */
async function unlessRefused<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Failure && error.code === 'configuration') return undefined
    throw error
  }
}

import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof } from '#app/authenticator.ts'
import type { Directories } from '#app/directory.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { LockOut, PasswordAttempt } from '#app/lock-out.ts'
import { adminOf, kindOf, loginOf, roleOfLogin, type Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { attributesOf } from './attributes.ts'
import { checksOf } from './checks.ts'
import { proveBy } from './prove.ts'
import { refused } from './refusal.ts'
import { readSettings, type LdapSettings, type UsualDirectory } from './settings.ts'

const TYPE = 'authn-ldap'

/** What authn-ldap stands on. */
export interface LdapAuthenticatorParts {
  readonly directories: Directories
  readonly lockOut: Pick<LockOut, 'admits' | 'forgive'>
  readonly usualDirectory: UsualDirectory
}

/**
 * Recognises people by the password that a directory knows of them (reference/conjur-api.md 6.10). The body of the proof is the password.
 * docs/compatibility.md lists in what it is stricter than the reference.
 */
export function ldapAuthenticator(parts: LdapAuthenticatorParts): Authenticator {
  const { directories, lockOut, usualDirectory } = parts
  const settings = settingsOfType(TYPE)
  const settingsFor = (
    instance: Pick<Proof, 'account' | 'service'>,
    configuration: AuthenticatorSettings,
  ): LdapSettings => {
    const declared = declaredValues({ settings }, { ...instance, type: TYPE }, configuration)
    return readSettings(declared, usualDirectory)
  }
  return {
    type: TYPE,
    settings,
    namedBy: () => 'request',
    conditions: () => [],
    checks: (instance, configuration) =>
      checksOf(directories, () => settingsFor(instance, configuration)),
    async recognise(proof, configuration) {
      const role = personIn(proof)
      const password = passwordIn(proof)
      const directory = settingsFor(proof, configuration)
      const attempt = attemptIn(proof)
      const claim = {
        login: loginOf(role),
        password,
        mayTry: () => lockOut.admits(attempt),
      }
      const entry = await reached(proveBy(directories, directory, claim))
      await lockOut.forgive(attempt)
      return { role, attributes: () => attributesOf(entry) }
    },
  }
}

/** That this server does not call the directory is no business of who logs in: `forbidden` would tell them that they may not. */
async function reached<Result>(visit: Promise<Result>): Promise<Result> {
  try {
    return await visit
  } catch (error) {
    const isOurs = error instanceof Failure && error.code === 'forbidden'
    throw isOurs ? refused(error.message, { cause: error }) : error
  }
}

/** A directory knows people: no host logs in by it, and neither does the administrator, whose way in must not depend on it. */
function personIn({ account, login = '' }: Proof): Id {
  const role = roleOfLogin(account, login)
  if (role === adminOf(account)) throw refused('CONJ00017E admin may not log in by a directory')
  if (kindOf(role) !== 'user') throw refused('CONJ00002E Only users log in by a directory')
  return role
}

/** The password of a proof. Blank ones are refused here: a directory takes an empty one for somebody who does not want to be anybody (RFC 4513 5.1.2). */
function passwordIn({ body }: Proof): string {
  const password = Buffer.from(body).toString('utf8')
  if (password.trim() === '' || password.includes('\0')) {
    throw refused('CONJ00002E The password is blank')
  }
  return password
}

const attemptIn = ({ account, login = '', clientIp }: Proof): PasswordAttempt => ({
  account,
  login,
  origin: { clientIp, request: '' },
})

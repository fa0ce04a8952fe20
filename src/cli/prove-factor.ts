import type { AccessToken } from '#client/access-token.ts'
import type { SecondFactorVerbs } from '#client/second-factors.ts'
import type { ProveFactor } from '#client/step-up.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import type { Person } from './factor-code.ts'
import { CODE_VARIABLE, codeIn, proofOf, withTypedCode } from './factor-code.ts'
import { byBrowserHere } from './passkey-browser.ts'

/** What it takes to prove a factor in the middle of a command. */
export type Proving = Pick<CliContext, 'terminal' | 'say' | 'environment'>

/**
 * Proves a second factor when the server demands one: with the code that the environment gives, which is good once, and from then on by whoever
 * is at the terminal. Without either the demand stands.
 */
export function factorProver(proving: Proving): ProveFactor {
  let given = codeIn(proving)
  return async (demand, own) => {
    if (given !== undefined) {
      const proof = proofOf(given)
      given = undefined
      return own.verifyFactor(proof)
    }
    const { terminal, say, environment } = proving
    if (terminal === undefined) throw unattended(demand)
    say(`strongroom: ${demand.message}`)
    return proveInPerson({ terminal, say, environment }, own, await kindsOf(own))
  }
}

const unattended = ({ message }: Failure): Failure =>
  new Failure('mfa_required', message, {
    hint: `run it with a terminal as its input, with a code in ${CODE_VARIABLE}, or with the token of \`strongroom mfa verify\` in CONJUR_AUTHN_TOKEN`,
  })

/** Asks a person for one of the kinds of factors that they have, and gives the token for it. Throws `mfa_refused` after three wrong codes. */
export async function proveInPerson(
  person: Person & Pick<CliContext, 'environment'>,
  own: SecondFactorVerbs,
  kinds: ReadonlySet<string>,
): Promise<AccessToken> {
  const use = (code: string): Promise<AccessToken> => own.verifyFactor(proofOf(code))
  const question = questionFor(kinds)
  if (!kinds.has('passkey')) return withTypedCode(person, { question, use })
  const instead = (): Promise<AccessToken> =>
    byBrowserHere(person, (back) => own.verifyPasskey(back))
  return withTypedCode(person, { question, use, instead })
}

/** What kinds of factors there are; throws `mfa_required` when there are none. */
export async function kindsOf(own: SecondFactorVerbs): Promise<ReadonlySet<string>> {
  const { factors } = await own.secondFactors()
  if (factors.length > 0) return new Set(factors.map(({ kind }) => kind))
  throw new Failure('mfa_required', 'you have no second factor', {
    hint: 'add one with `strongroom mfa add totp` or `strongroom mfa add passkey`',
  })
}

function questionFor(kinds: ReadonlySet<string>): string {
  const code = kinds.has('totp') ? 'Code of your authenticator app' : 'Recovery code'
  return kinds.has('passkey') ? `${code}, or Enter to use a passkey: ` : `${code}: `
}

import type { VerificationBody } from '#api/mfa-wire.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { readLine } from './input.ts'
import type { Terminal } from './terminal.ts'

/** How many codes a person may get wrong before a command gives up. */
const TRIES = 3

/** Somebody who can type a code. */
export interface Person extends Pick<CliContext, 'say'> {
  readonly terminal: Terminal
}

/** What a code is for. */
export interface CodeUse<Result> {
  readonly question: string
  /** Throws `mfa_refused` for a code that is not the right one. */
  readonly use: (code: string) => Promise<Result>
  /** What happens when no code is typed; that is refused when it is absent. */
  readonly instead?: () => Promise<Result>
}

/** A code as it is typed, without the white space that it may be written with. */
const bare = (text: string): string => text.replaceAll(/\s/g, '')

/** Asks for a code, without showing it, and again after each one that is refused: three times in all. Throws the last refusal. */
export async function withTypedCode<Result>(
  { terminal, say }: Person,
  { question, use, instead }: CodeUse<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const code = bare(await terminal.askHidden(question))
    if (code === '' && instead !== undefined) return instead()
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await use(mustBeTyped(code))
    } catch (error) {
      if (attempt === TRIES || !isRefusedCode(error)) throw error
      say(`strongroom: ${error.message}; try again`)
    }
  }
}

/** The same of a person on the terminal; without one the code is the standard input, and is tried once. */
export async function withCode<Result>(
  context: CliContext,
  wanted: CodeUse<Result>,
): Promise<Result> {
  const { terminal, say } = context
  if (terminal !== undefined) return withTypedCode({ terminal, say }, wanted)
  return wanted.use(mustBeTyped(bare(await readLine(context))))
}

function mustBeTyped(code: string): string {
  if (code === '') throw new Failure('usage', 'no code was given')
  return code
}

const isRefusedCode = (error: unknown): error is Failure =>
  error instanceof Failure && error.code === 'mfa_refused'

/** What a code proves: that of an authenticator app has digits alone, anything else is a recovery code. */
export const proofOf = (code: string): VerificationBody =>
  /^\d{6,8}$/.test(code) ? { code } : { recovery_code: code }

/** The variable of the environment that scripts give a code in. */
export const CODE_VARIABLE = 'STRONGROOM_MFA_CODE'

/** The code that the environment gives; `undefined` when it gives none. */
export function codeIn({ environment }: Pick<CliContext, 'environment'>): string | undefined {
  const code = bare(environment[CODE_VARIABLE] ?? '')
  return code === '' ? undefined : code
}

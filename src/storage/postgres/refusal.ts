import { DatabaseError } from 'pg'
import { Failure } from '#lib/failure.ts'
import { InDoubt } from '#lib/in-doubt.ts'

/**
 * The classes and codes by which PostgreSQL says that it cannot serve now: connection lost, transaction rolled back for another's
 * sake, out of resources, cancelled or shut down, read-only after a failover, input/output error.
 */
const UNAVAILABLE = /^(?:08|40|53|57|58|25006)/
const BAD_TEXT = '22021'

/**
 * What an error of the driver means to the caller: `unavailable` when the database is away, `argument_error` when a text holds a
 * character that it cannot store (NUL). Any other error is a bug and comes back unchanged, as does a failure of ours.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof Failure || isProgrammingError(error)) return error
  if (!(error instanceof DatabaseError)) return unavailable(error)
  const code = error.code ?? ''
  if (code === BAD_TEXT) {
    return new Failure('argument_error', 'a text holds a character that cannot be stored', {
      cause: error,
    })
  }
  return UNAVAILABLE.test(code) ? unavailable(error) : error
}

/** The failure for a database that is away; of what was asked in vain, nothing holds. */
export const unavailable = (cause: unknown): Failure => new Failure('unavailable', AWAY, { cause })

const AWAY = 'the database does not answer'

/**
 * What an error means that came once the database had been asked to commit. Where it said itself that it did not, nothing holds; where it
 * went away, nobody knows.
 */
export function failureOfCommit(error: unknown): unknown {
  const isAway = error instanceof Failure && error.code === 'unavailable'
  const isAnswer = isAway && error.cause instanceof DatabaseError && !isGoodbye(error.cause)
  return isAway && !isAnswer ? new InDoubt(AWAY, { cause: error.cause }) : error
}

/** Whether the database ends the connection with it: it is shutting down, or one of its processes crashed. */
const isGoodbye = ({ code = '' }: DatabaseError): boolean => /^(?:08|57P)/.test(code)

/** The driver reports a lost connection as a plain `Error` and the system's refusal with an `errno`; neither is of these classes. */
const isProgrammingError = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError

/** What is wrong when no connection can ever succeed: `configuration` or `untrusted`; `undefined` when waiting may help. */
export function permanentRefusal(error: unknown): Failure | undefined {
  const code = codeOf(error)
  if (/^(?:28|3D)/.test(code)) {
    return new Failure(
      'configuration',
      'the database refuses our user, password or database name',
      {
        cause: error,
        hint: 'check DATABASE_URL',
      },
    )
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/.test(code)) {
    return new Failure('untrusted', 'the certificate of the database is not trusted', {
      cause: error,
      hint: 'set sslrootcert and check the host name in DATABASE_URL',
    })
  }
  if (error instanceof Error && error.message === 'The server does not support SSL connections') {
    return new Failure('untrusted', 'the database does not speak TLS', {
      cause: error,
      hint: 'switch TLS on there; sslmode=disable in DATABASE_URL goes without, on a network that you trust',
    })
  }
  return undefined
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

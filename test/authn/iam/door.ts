import type { Authenticator, Recognised } from '#app/authenticator.ts'
import { judge } from '#domain/attestation.ts'
import { conditionsStated } from '#domain/stated-conditions.ts'
import { iamAuthenticator } from '#authn/iam/authenticator.ts'
import { memoryOnce } from '../../app/memory-once.ts'
import { AWS_ACCOUNT, fakeSts, proofOf, roleSession } from './fake-sts.ts'
import type { Caller, FakeSts, ProofOptions } from './fake-sts.ts'

/** When these tests take place. */
export const NOW: number = Date.UTC(2026, 0, 2, 3, 4, 5)

/** The login of the host that is the role `web`. */
export const LOGIN: string = `host/apps/${AWS_ACCOUNT}/web`

/** What stands where somebody logs in. */
export interface Door {
  readonly sts: FakeSts
  readonly authenticator: Authenticator
  /** Brings a body to the instance `prod`, which has these settings. */
  readonly bring: (
    body: string | Uint8Array,
    settings?: Readonly<Record<string, string>>,
    login?: string,
  ) => Promise<Recognised>
}

/** A door at which these callers are known, `web` at least. */
export function door(...callers: readonly Caller[]): Door {
  const sts = fakeSts(roleSession('web'), ...callers)
  const authenticator = iamAuthenticator({ outbound: sts, once: memoryOnce(), now: () => NOW })
  return {
    sts,
    authenticator,
    bring: (body, settings = {}, login = LOGIN) =>
      authenticator.recognise(
        {
          account: 'acme',
          service: 'prod',
          login,
          body: Buffer.from(body),
          clientIp: '192.0.2.1',
        },
        new Map(Object.entries(settings)),
      ),
  }
}

/** What `web` signs, as the body of a login. */
export const bodyOf = async (
  options: Partial<ProofOptions> = {},
  caller: Caller = roleSession('web'),
): Promise<string> => JSON.stringify(await proofOf(caller, { now: NOW, ...options }))

/** How the conditions of a host come out, whose annotations these are. */
export async function verdict(
  { authenticator }: Door,
  recognised: Recognised,
  annotations: Readonly<Record<string, string>> = {},
): Promise<ReturnType<typeof judge>> {
  const given = new Map(Object.entries(annotations))
  const stated = conditionsStated(given, 'authn-iam/prod')
  const role = { role: recognised.role, annotations: given, stated }
  const instance = { account: 'acme', service: 'prod' }
  const conditions = [...authenticator.conditions(instance, new Map(), role), ...stated]
  return judge(conditions, await recognised.attributes(role, conditions))
}

import type { InstanceCheck } from '#app/authenticator.ts'
import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { questionAt } from './caller-identity.ts'
import { endpointIn, GLOBAL } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { refused } from './refusal.ts'
import type { IamSettings } from './settings.ts'

/**
 * What must hold for an instance to recognise anybody, each for itself. Conjur has no status for this type (reference/conjur-api.md 6.9).
 * `settings` throws `unauthorized` when a value cannot be meant.
 */
export const checksOf = (
  outbound: Pick<Outbound, 'send'>,
  settings: () => IamSettings,
): readonly InstanceCheck[] => [
  {
    name: 'settings',
    hint: 'set optional-signed-headers to names of headers between semicolons, regions to names of regions between commas, or remove them',
    run: () => void settings(),
  },
  {
    name: 'AWS STS',
    hint: 'make sure that the server can reach the host, and set regions to those that clients sign for; the audit trail has the reason',
    async run() {
      await Promise.all(askedBy(settings()).map((endpoint) => mustAnswer(outbound, endpoint)))
    },
  },
]

/** Where nobody says which regions are used, the one host that is in none stands for them. */
const askedBy = ({ endpoints }: IamSettings): readonly Endpoint[] =>
  endpoints ?? [endpointIn(GLOBAL)].filter((endpoint) => endpoint !== undefined)

/** Asked without a signature, a service that can be reached refuses; what it says does not matter. */
async function mustAnswer(outbound: Pick<Outbound, 'send'>, endpoint: Endpoint): Promise<void> {
  try {
    const question = { purpose: 'aws', headers: { accept: 'text/xml' } } as const
    const { status } = await outbound.send(questionAt(endpoint), question)
    if (status < 500) return
    throw new Failure('unreachable', `it answered with status ${status}`)
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw refused(`CONJ00063E ${endpoint.host} cannot be asked`, { cause })
  }
}

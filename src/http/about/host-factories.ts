import { idOfKinds } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonAnswer, parametersBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, dictionary, list, record, text, whole } from '#http/openapi/schema.ts'
import { apiKey } from './authentication.ts'
import { createdHost, expiration, ranges } from './resource-schema.ts'
import { NOT_STORED } from './secrets.ts'

const MOST = 1000

const maxUses = whole(1, {
  maximum: MOST,
  description: 'How many hosts it may make; any number when absent.',
})

const token = component(
  'HostFactoryToken',
  record(
    { expiration, cidr: ranges, token: apiKey },
    { max_uses: maxUses },
    'A token of a host factory, which is shown this once.',
  ),
)

const order = component(
  'HostFactoryTokenOrder',
  record(
    {
      host_factory: idOfKinds('host_factory'),
      expiration: text({
        description: 'When the tokens end, ISO 8601: a day, or a time with or without a zone.',
      }),
    },
    {
      count: whole(1, { maximum: MOST, description: 'How many tokens; one when absent.' }),
      cidr: list(text(), {
        maxItems: MOST,
        description: 'The addresses that may use them, any when absent; in a form `cidr[]`.',
      }),
      max_uses: maxUses,
    },
  ),
)

const host = component(
  'NewHost',
  record(
    {
      id: text({
        description: 'The whole identifier: the policy of the factory is not put before it.',
        minLength: 1,
        maxLength: 950,
      }),
    },
    {
      annotations: dictionary(text(), { description: 'In a form `annotations[NAME]`.' }),
    },
  ),
)

/** Tokens by which hosts are made without policy. */
export const HOST_FACTORIES: Readonly<
  Record<'createTokens' | 'revokeToken' | 'createHost', Operation>
> = {
  createTokens: {
    id: 'createToken',
    tag: 'host factories',
    summary: 'Make tokens of a host factory',
    description: 'It needs `execute` on the host factory.',
    body: parametersBody(order),
    answers: { 200: jsonAnswer('The tokens.', list(token), NOT_STORED) },
    refusals: {
      404: 'There is no such host factory, or none that the caller may know of.',
      422: 'A parameter is missing or malformed.',
    },
  },
  revokeToken: {
    id: 'revokeToken',
    tag: 'host factories',
    summary: 'Revoke a token of a host factory',
    description: 'It needs `update` on the host factory. Hosts that it made stay.',
    params: { token: described('The token.', text({ minLength: 1 })) },
    answers: { 204: emptyAnswer('It is good for nothing any more.') },
    refusals: { 404: 'There is no such token, or its host factory is invisible to the caller.' },
  },
  createHost: {
    id: 'createHost',
    tag: 'host factories',
    summary: 'Make a host by a token of a host factory',
    description:
      'The host factory owns it, and it joins the layers of the host factory. A host that the host factory owns already gets a new API key.',
    security: 'hostFactoryToken',
    body: parametersBody(host),
    answers: { 201: jsonAnswer('The host, with its API key.', createdHost(apiKey), NOT_STORED) },
    refusals: {
      401: 'There is no token, or it is not known, not good any more or not from this address: all look alike.',
      403: 'The name belongs to somebody else.',
      404: 'The host was deleted in the same moment.',
      422: 'The id is missing, or no host factory may make it.',
    },
  },
}

import { fullId, idOfKinds, idOfOtherKinds, moment } from '#http/openapi/ids.ts'
import { component, list, oneOf, record, text, whole } from '#http/openapi/schema.ts'
import type { Component, Keywords, Schema } from '#http/openapi/schema.ts'

/** The policy through which something was loaded; absent when it came by no policy. */
export const loadedThrough: Readonly<Record<string, Schema>> = { policy: fullId }

const permission = component(
  'Permission',
  record({ privilege: text(), role: fullId }, loadedThrough, 'That a role may do something.'),
)

const annotation = component('Annotation', record({ name: text(), value: text() }, loadedThrough))

const secretVersion = record({
  version: whole(1),
  expires_at: {
    type: ['string', 'null'],
    format: 'date-time',
    description: 'When it is due for rotation; null when it does not expire.',
  },
})

const policyVersion = component(
  'PolicyVersion',
  record(
    {
      version: whole(1),
      created_at: moment('When the load began.'),
      policy_sha256: text({ pattern: '^[0-9a-f]{64}$' }),
      finished_at: moment('When the load ended.'),
      client_ip: text(),
      id: fullId,
      role: fullId,
    },
    {
      policy_text: text({
        description: 'What was loaded: shown to those who may `update` the policy.',
      }),
    },
  ),
)

/** A moment as host factories write it, in seconds. */
export const expiration: Keywords = moment('When it ends.')

/** Address ranges. */
export const ranges: Keywords = list(text({ description: 'A range of addresses, CIDR.' }))

const factoryToken = component(
  'KnownHostFactoryToken',
  record(
    { expiration, cidr: ranges },
    {
      uses_left: whole(0, {
        description: 'How many more hosts it may make; any number when absent.',
      }),
    },
    'A token of a host factory, without the token itself.',
  ),
)

const common = (id: Schema): Readonly<Record<string, Schema>> => ({
  created_at: moment('When it was declared.'),
  id,
  owner: fullId,
  permissions: list(permission),
  annotations: list(annotation),
})

const variable = component(
  'Variable',
  record(
    { ...common(idOfKinds('variable')), secrets: list(secretVersion) },
    loadedThrough,
    'A variable, with the versions of its value but no value.',
  ),
)

const policy = component(
  'Policy',
  record(
    { ...common(idOfKinds('policy')), policy_versions: list(policyVersion) },
    loadedThrough,
    'A policy, with its latest loads.',
  ),
)

const actor = component(
  'Actor',
  record(
    { ...common(idOfKinds('user', 'host')), restricted_to: ranges },
    loadedThrough,
    'A user or a host, with the addresses that it may come from; from anywhere when there are none.',
  ),
)

const hostFactory = component(
  'HostFactory',
  record(
    { ...common(idOfKinds('host_factory')), layers: list(fullId) },
    {
      ...loadedThrough,
      tokens: list(factoryToken, {
        description: 'Shown to those who may `update` or `execute` the host factory.',
      }),
    },
  ),
)

const other = component(
  'OtherResource',
  record(
    common(idOfOtherKinds('variable', 'policy', 'user', 'host', 'host_factory')),
    loadedThrough,
    'A group, a layer, a webservice and whatever else there is.',
  ),
)

/** A resource, with the members that its kind has. */
export const resource: Component = component(
  'Resource',
  oneOf([variable, policy, actor, hostFactory, other]),
)

/** A host that was just made: the resource, with its API key. */
export const createdHost = (key: Schema): Component =>
  component(
    'CreatedHost',
    record(
      { ...common(idOfKinds('host')), restricted_to: ranges, api_key: key },
      loadedThrough,
      'A host with its API key, which is shown this once.',
    ),
  )

import { moment, name } from '#http/openapi/ids.ts'
import { contentAnswer, jsonAnswer, textAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, record, text } from '#http/openapi/schema.ts'

const status = component(
  'Status',
  record({
    version: text({
      description: 'The version of the Conjur API that is spoken.',
      pattern: '^\\d+\\.\\d+\\.\\d+-\\d+$',
    }),
    strongroom: text({ description: 'Our own version.' }),
  }),
)

const whoAmI = component(
  'WhoAmI',
  record({
    client_ip: text({ description: 'The address that the request comes from.' }),
    user_agent: text({ description: 'What the client calls itself; empty when it does not say.' }),
    account: name,
    username: text({ description: 'The name under which the caller logs in.', minLength: 1 }),
    token_issued_at: moment('When the access token was issued.'),
  }),
)

/** Whether the server lives, whether it can serve, what it is, and who asks. */
export const STATUS: Readonly<
  Record<'show' | 'alive' | 'ready' | 'whoAmI' | 'metrics' | 'openApi', Operation>
> = {
  show: {
    id: 'getStatus',
    tag: 'status',
    summary: 'What the server is',
    description: 'Clients that accept `application/json` get that, all others a page.',
    answers: {
      200: contentAnswer('The versions of the API and of the server.', {
        'application/json': status,
        'text/html': text(),
      }),
    },
    isConstant: true,
  },
  alive: {
    id: 'isAlive',
    tag: 'status',
    summary: 'Whether the server lives',
    answers: { 200: textAnswer('It does.', text({ const: 'alive\n' })) },
    isConstant: true,
  },
  ready: {
    id: 'isReady',
    tag: 'status',
    summary: 'Whether the server can serve',
    answers: { 200: textAnswer('It can.', text({ const: 'ready\n' })) },
    refusals: { 503: 'It cannot: its database does not answer.' },
  },
  whoAmI: {
    id: 'whoAmI',
    tag: 'status',
    summary: 'Who the caller is',
    answers: { 200: jsonAnswer('The identity of the caller.', whoAmI) },
  },
  metrics: {
    id: 'getMetrics',
    tag: 'status',
    summary: 'The metrics of the server',
    description: 'Only where metrics are switched on.',
    answers: { 200: textAnswer('The metrics in the text format of Prometheus.', text()) },
  },
  openApi: {
    id: 'getOpenApi',
    tag: 'status',
    summary: 'This document',
    answers: {
      200: jsonAnswer('The OpenAPI document of the routes that this server has.', {
        type: 'object',
        required: ['openapi', 'info', 'paths', 'components'],
        properties: { openapi: text({ const: '3.1.1' }) },
      }),
    },
    isConstant: true,
  },
}

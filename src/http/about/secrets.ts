import { fullId } from '#http/openapi/ids.ts'
import {
  contentAnswer,
  described,
  emptyAnswer,
  jsonAnswer,
  jsonBody,
} from '#http/openapi/operation.ts'
import type { AnswerHeader, Operation } from '#http/openapi/operation.ts'
import {
  component,
  dictionary,
  list,
  oneOf,
  oneOfTexts,
  record,
  text,
  truth,
  whole,
} from '#http/openapi/schema.ts'

/** No store between us and the client may keep the answer. */
export const NOT_STORED: Readonly<Record<string, AnswerHeader>> = {
  'Cache-Control': {
    description: 'Nobody between server and client may keep the answer.',
    schema: text({ const: 'no-store' }),
    isRequired: true,
  },
}

const ENCODED: Readonly<Record<string, AnswerHeader>> = {
  'Content-Encoding': {
    description: '`base64` when every value is in base64.',
    schema: text({ const: 'base64' }),
    isRequired: false,
  },
}

const constant = (value: string, description: string): AnswerHeader => ({
  description,
  schema: text({ const: value }),
  isRequired: true,
})

const kind = described(
  'The kind: only variables and public keys have a value.',
  text({ minLength: 1, maxLength: 60 }),
)

const batch = component(
  'Secrets',
  dictionary(text(), {
    description:
      'The values by full id: as text, or in base64 with lines of 60 characters, each ended, as `Content-Encoding` says.',
    propertyNames: fullId,
  }),
)

const partialBatch = component(
  'ReadableSecrets',
  dictionary(
    oneOf([
      record({ value: text({ description: 'The value, which is UTF-8.' }) }),
      record({
        base64: text({
          description: 'The value, which is not, or every value for who asks for that.',
          pattern: '^[A-Za-z0-9+/]*={0,2}$',
        }),
      }),
      record({
        error: oneOfTexts(
          ['forbidden-or-absent', 'corrupt', 'not-issued'],
          'Why there is no value: there is none that the caller may read, it was altered in the database, or its issuer did not make it.',
        ),
      }),
      record(
        {
          error: text({ const: 'mfa-required' }),
          message: text({ description: 'What is demanded, and what to do.' }),
        },
        {
          max_age: whole(1, {
            description: 'How many seconds ago the factor may have been proven.',
          }),
        },
      ),
    ]),
    { description: 'For each full id its value, or why there is none.', propertyNames: fullId },
  ),
)

const inBatch: Pick<Operation, 'tag' | 'headers' | 'answers' | 'refusals'> = {
  tag: 'secrets',
  headers: { 'Accept-Encoding': described('`base64` asks for every value in base64.', text()) },
  answers: {
    200: jsonAnswer(
      'The values; with `partial` as far as they may be read.',
      oneOf([batch, partialBatch]),
      { ...NOT_STORED, ...ENCODED },
    ),
  },
  refusals: {
    403: 'One of the variables may not be read, or the access token not be used from this address.',
    404: 'One of the variables is not there, has no value or is invisible.',
    406: 'One of the values is not UTF-8, and nothing was said of base64.',
    413: 'The values have more than 64 MiB together, or the body of the request has too many bytes.',
    422: 'There are no ids, more than 1,000, more than 10 of dynamic variables, or texts that are no ids; or an issuer refused.',
  },
}

/** Values of variables, one at a time and several at once. */
export const SECRETS: Readonly<
  Record<'fetch' | 'set' | 'clear' | 'fetchMany' | 'fetchListed', Operation>
> = {
  fetch: {
    id: 'getSecret',
    tag: 'secrets',
    summary: 'Fetch a value',
    description:
      'It needs `execute`. The value of a dynamic variable is made for this call, as JSON; it has no versions.',
    params: { kind },
    query: {
      version: described(
        'Which version; the newest when absent.',
        whole(0, { maximum: 999_999_999 }),
      ),
    },
    answers: {
      200: contentAnswer(
        'The value, as the bytes that were set. The type is that of the annotation `conjur/mime_type` of the variable.',
        { 'application/octet-stream': {}, '*/*': {} },
        {
          ...NOT_STORED,
          'Content-Disposition': constant('attachment', 'No browser shows it as a page.'),
          'Content-Transfer-Encoding': constant('binary', 'It is sent as it is.'),
        },
      ),
    },
    refusals: {
      403: 'The variable is visible to the caller, which may not `execute` it; or its access token may not be used from its address.',
      404: 'There is no such variable, no value, no such version, or none that the caller may know of.',
      422: 'The version is not a number, the id cannot be one, or the issuer of the variable refused.',
    },
  },
  set: {
    id: 'createSecret',
    tag: 'secrets',
    summary: 'Set a value, or make it due for rotation',
    description:
      'It needs `update`. The same value again makes no new version. The last 20 versions are kept, unless the server is told otherwise.',
    params: { kind },
    query: {
      expirations: described(
        'When it is there, whatever it says, the variable becomes due for rotation, and the body is not looked at.',
        text(),
      ),
    },
    body: {
      description: 'The value, as the bytes are, whatever the type says. It is not blank.',
      content: { 'application/octet-stream': {} },
      isRequired: false,
    },
    answers: { 201: emptyAnswer('It is set, or due.') },
    refusals: {
      404: 'There is no such variable, or none that the caller may know of.',
      405: 'The values of the variable are made by its issuer.',
      422: 'The value is blank, is no public key where it must be one, or the kind has no values.',
    },
  },
  clear: {
    id: 'clearSecret',
    tag: 'secrets',
    summary: 'Remove all versions of a value',
    description: 'It needs `update`. The variable stays, and so does the trail.',
    params: { kind },
    answers: { 204: emptyAnswer('There is no value any more.') },
    refusals: {
      404: 'There is no such variable, or none that the caller may know of.',
      422: 'The kind has no values.',
    },
  },
  fetchMany: {
    ...inBatch,
    id: 'getSecrets',
    summary: 'Fetch several values',
    description: 'It needs `execute` on all of them, unless `partial` is said.',
    query: {
      variable_ids: {
        ...described(
          'Full ids with commas between them, at most 1,000. Their own commas cannot be written: `POST /secrets/values` takes them.',
          text({ minLength: 1 }),
        ),
        isRequired: true,
      },
      partial: described(
        '`true` answers with what may be read, where otherwise all would be refused.',
        oneOfTexts(['true', 'false']),
      ),
    },
  },
  fetchListed: {
    ...inBatch,
    id: 'getListedSecrets',
    summary: 'Fetch several values whose ids are in the body',
    description: 'Like `getSecrets`. It changes nothing.',
    body: jsonBody(
      'Which values, whatever the type says. Other members are not looked at.',
      record(
        { variable_ids: list(fullId, { minItems: 1, maxItems: 1000 }) },
        {
          partial: truth(
            'Whether to answer with what may be read, where otherwise all would be refused.',
          ),
        },
      ),
    ),
  },
}

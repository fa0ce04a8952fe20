import type { RecognitionBody, RecognitionConditionBody } from '#api/authenticator-wire.ts'
import { printable } from '#client/printable.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { readInput } from './input.ts'

interface ExplainInput {
  readonly host: string
  readonly service: string
  readonly tokenFile?: string
  readonly from?: string
  readonly exitCode?: true
}

/** `strongroom authn explain`: why a host is recognised, or what is missing. */
export async function explainAuthentication(
  context: CliContext,
  { host, service, tokenFile, from, exitCode }: ExplainInput,
): Promise<void> {
  const token = tokenFile === undefined ? undefined : await readInput(tokenFile, context)
  const question = {
    role: roleOf(host),
    ...(token === undefined ? {} : { proof: proofOf(service, token.toString().trim()) }),
    ...(from === undefined ? {} : { source_address: from }),
  }
  await context.withClient(async (client) => {
    const data = await client.explainAuthentication(service, question)
    const text = printable(explained(host, service, data))
    await context.show({ data, plain: text, table: text })
    if (exitCode === true && data.outcome === 'refused') {
      throw new Failure('forbidden', 'not recognised')
    }
  })
}

/** A host by its name or by its login, or any role as `KIND:ID`. */
function roleOf(host: string): string {
  if (host.includes(':')) return host
  return `host:${host.startsWith('host/') ? host.slice('host/'.length) : host}`
}

/** The fields of a form in which authenticators look for a token; the others take what proves somebody as it is. */
const FIELDS: Readonly<Record<string, string>> = {
  'authn-jwt': 'jwt',
  'authn-azure': 'jwt',
  'authn-gcp': 'jwt',
  'authn-oidc': 'id_token',
}

function proofOf(service: string, token: string): string {
  const field = FIELDS[service.split('/', 1).join('')]
  return field === undefined ? token : new URLSearchParams({ [field]: token }).toString()
}

const OUTCOME: Readonly<Record<RecognitionBody['outcome'], string>> = {
  recognised: 'is recognised by',
  refused: 'is refused by',
  unproven: 'could be recognised by',
}

function explained(host: string, service: string, data: RecognitionBody): string {
  const { outcome, checks, conditions, attributes } = data
  const isOpen = conditions.every((condition) => condition.outcome === 'unknown')
  const others = attributes.filter(
    ({ name, values }) =>
      values.length > 0 && conditions.every(({ attribute }) => attribute !== name),
  )
  return [
    `${host} ${OUTCOME[outcome]} ${service}.`,
    ...checks.flatMap(({ result, error = '', hint }) =>
      result === 'failed' ? [`  ${error}${hint === undefined ? '' : `; ${hint}`}`] : [],
    ),
    ...section('Its conditions:', conditions.map(isOpen ? demandOf : conditionLine)),
    ...section(
      'What else is known of it:',
      others.map(({ name, values, source }) => `${name} is ${listed(values)} (${source})`),
    ),
    '',
  ].join('\n')
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]

const demandOf = ({ attribute, expected, stated_by: statedBy }: RecognitionConditionBody): string =>
  `${attribute} must be ${listed(expected)}, says ${statedBy}`

function conditionLine(condition: RecognitionConditionBody): string {
  const { outcome, source = '', values } = condition
  const demand = demandOf(condition)
  switch (outcome) {
    case 'unknown':
      return `unknown  ${demand}`
    case 'missing':
      return `missing  ${demand}; nothing tells it`
    case 'passed':
    case 'failed':
      return `${outcome}   ${demand}; the ${source} says ${listed(values)}`
  }
}

const listed = (values: readonly string[]): string =>
  values.length === 0 ? 'nothing' : values.join(' or ')

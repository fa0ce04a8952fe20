import type { DryRunAccess, DryRunBody, DryRunItem } from '#api/dry-run.ts'
import { printable } from '#client/printable.ts'
import type { Shorten } from './short-id.ts'
import { shortener } from './short-id.ts'

/** What the server writes in place of a name that the caller may not know. */
const HIDDEN = '[REDACTED]'

/** The outcome of a dry run for people: what comes, changes and goes, a line each, and who may do more or less because of it. */
export function policyReport(outcome: DryRunBody, account: string): string {
  const lines = outcome.status === 'Valid YAML' ? validLines(outcome, account) : errorLines(outcome)
  return printable(`${lines.join('\n')}\n`)
}

const errorLines = ({ errors = [] }: DryRunBody): readonly string[] =>
  errors.flatMap(({ line, column, message }) => {
    const [text = '', ...advice] = message.split('\n').filter((part) => part !== '')
    return [`line ${line}, column ${column}: ${text}`, ...advice.map((part) => `  ${part}`)]
  })

function validLines(outcome: DryRunBody, account: string): readonly string[] {
  const name = shortener(account)
  const created = outcome.created?.items ?? []
  const deleted = outcome.deleted?.items ?? []
  const updated = updatedLines(outcome, name)
  const access = (outcome.access ?? []).map((change) => accessLine(change, name))
  const count = created.length + updated.length + deleted.length
  return [
    ...created.flatMap((item) => [
      `+ ${name(item.identifier)}`,
      ...factsOf(item, name).map((fact) => `    ${fact}`),
    ]),
    ...updated.flat(),
    ...deleted.map(({ identifier }) => `- ${name(identifier)}`),
    ...(access.length === 0 ? [] : ['access:', ...access]),
    ...(outcome.warnings ?? []).map((warning) => `warning: ${warning}`),
    count === 0
      ? 'nothing would change'
      : `${created.length} to create, ${updated.length} to update, ${deleted.length} to delete`,
    ...(outcome.truncated === true ? ['there is more than is shown'] : []),
  ]
}

/** For each item of which there is something else to say a heading, and below it what goes and what comes. */
function updatedLines({ updated }: DryRunBody, name: Shorten): readonly (readonly string[])[] {
  const after = updated?.after.items ?? []
  return (updated?.before.items ?? []).flatMap((item, index) => {
    // Both lists have one order; by their names alone the hidden ones would be lost.
    const later =
      after.find(({ identifier }) => identifier === item.identifier) ?? after[index] ?? item
    const [was, is] = [factsOf(item, name), factsOf(later, name)]
    const gone = was.filter((fact) => !is.includes(fact)).map((fact) => `    - ${fact}`)
    const come = is.filter((fact) => !was.includes(fact)).map((fact) => `    + ${fact}`)
    if (gone.length + come.length === 0) return []
    const { identifier } = isHidden(item.identifier) ? later : item
    return [[`~ ${name(identifier)}`, ...gone, ...come]]
  })
}

/** What there is to say of an item. A link is said of one of its ends: a grant of the role, a permission of the resource. */
function factsOf(item: DryRunItem, name: Shorten): readonly string[] {
  const { owner, annotations = {}, restricted_to: cidrs = [] } = item
  return [
    ...(owner === undefined || owner === null ? [] : [`owner ${name(owner)}`]),
    ...cidrs.map((cidr) => `acts from ${cidr}`),
    ...Object.entries(annotations).map(
      ([key, value]) => `annotation ${key}: ${JSON.stringify(value)}`,
    ),
    ...linksOf(item, name),
  ]
}

function linksOf(item: DryRunItem, name: Shorten): readonly string[] {
  const { owner, members = [], memberships = [], permitted = {}, permissions = {} } = item
  return [
    ...members.filter((member) => member !== owner).map((member) => `member ${name(member)}`),
    ...memberships
      .filter((role) => isHidden(role) || !ROLES.test(role))
      .map((role) => `member of ${name(role)}`),
    ...Object.entries(permitted).flatMap(([privilege, roles]) =>
      roles.map((role) => `${name(role)} may ${privilege} it`),
    ),
    ...Object.entries(permissions).flatMap(([privilege, resources]) =>
      resources
        .filter((resource) => isHidden(resource) || !RESOURCES.test(resource))
        .map((resource) => `may ${privilege} ${name(resource)}`),
    ),
  ]
}

const isHidden = (id: string): boolean => id.endsWith(HIDDEN)

/** Roles that are items and say themselves who their members are. */
const ROLES = /^[^:]*:(?:group|host|layer|policy|user):/

/** Resources that are items and say themselves who may do what to them. */
const RESOURCES = /^[^:]*:(?:variable|webservice):/

function accessLine({ role, privilege, resource, change }: DryRunAccess, name: Shorten): string {
  const isGained = change === 'gained'
  const what = privilege === '*' ? 'do everything to' : privilege
  const may = isGained ? 'may' : 'may no longer'
  return `  ${isGained ? '+' : '-'} ${name(role)} ${may} ${what} ${name(resource)}`
}

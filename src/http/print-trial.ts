import type { DryRunBody, DryRunItem, DryRunItems } from '#api/dry-run.ts'
import type { InvalidTrial, PolicyTrial, ValidTrial } from '#app/try-policy.ts'
import { identifierOf, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'

type Item = ValidTrial['report']['created'][number]

/** The JSON of a dry run (reference/conjur-api.md 1.7); `access`, `truncated` and `warnings` are our own. */
export function printTrial(target: Id, trial: PolicyTrial): DryRunBody {
  if ('problems' in trial) return printProblems(target, trial)
  const { report, warnings } = trial
  return {
    status: 'Valid YAML',
    created: printItems(report.created),
    updated: {
      before: printItems(report.updatedBefore),
      after: printItems(report.updatedAfter),
    },
    deleted: printItems(report.deleted),
    access: report.access,
    ...(report.isComplete ? {} : { truncated: true }),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

const printProblems = (target: Id, { problems }: InvalidTrial): DryRunBody => ({
  status: 'Invalid YAML',
  errors: problems.map(({ line, column, message, advice }) => ({
    line,
    column,
    message: `${message}\n${advice}`,
    context: { policy_id: identifierOf(target), offending_lines: [line] },
  })),
})

const printItems = (items: readonly Item[]): DryRunItems => ({ items: items.map(printItem) })

function printItem({ identifier, type, details }: Item): DryRunItem {
  if (details === undefined) return { identifier, type }
  const { owner, policy, annotations, permitted, role } = details
  return {
    identifier,
    id: identifierOf(parseId(identifier)),
    type,
    owner,
    ...(policy === undefined ? {} : { policy }),
    ...(role === undefined ? {} : { permissions: Object.fromEntries(role.permissions) }),
    ...(permitted === undefined ? {} : { permitted: Object.fromEntries(permitted) }),
    annotations: Object.fromEntries(annotations),
    ...(role === undefined
      ? {}
      : {
          members: role.members,
          memberships: role.memberships,
          restricted_to: role.restrictedTo,
        }),
  }
}

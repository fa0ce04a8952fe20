import { rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { checkDeclarations } from './declarations.ts'
import type { Desired, Mode } from './desired.ts'
import { Problems } from './problems.ts'
import type { ResolvedStatement } from './resolved.ts'
import { resolveStatements } from './resolver.ts'
import { RowBuilder } from './row-builder.ts'
import { Source } from './source.ts'
import { readStatements } from './statement-reader.ts'
import { checkSwitches } from './switches.ts'
import type { PolicySwitches } from './switches.ts'
import { readTree } from './yaml-tree.ts'

export type { Desired, Mode } from './desired.ts'

/** A policy and where it is loaded. */
export interface CompileInput {
  readonly text: string
  readonly account: string
  /** The policy that the text is loaded through. */
  readonly target: Id
  /** Who owns that policy now. */
  readonly owner: Id
  readonly mode: Mode
  readonly switches?: PolicySwitches
}

/**
 * What the text of a policy asks for, without a look at what is there (reference/conjur-api.md 4.1 to 4.4).
 *
 * Throws a `PolicyFault` with all the problems found; `validation_failed` for an empty text, and for statements that delete
 * in mode `add`. A text of comments alone asks for nothing.
 */
export function compilePolicy(input: CompileInput): Desired {
  const { text, account, target, owner, mode } = input
  if (text.trim() === '') throw invalidText('is not present')
  const source = new Source(text)
  const problems = new Problems(source)
  const tree = readTree(text, problems)
  const statements = readStatements(tree, problems)
  const resolved = resolveStatements(statements, { account, target, owner }, tree.aliased, problems)
  const records = resolved.flatMap((one) => (one.kind === 'record' ? [one.record] : []))
  checkDeclarations(records, target === rootPolicyOf(account) ? undefined : target, problems)
  checkSwitches(records, account, input.switches ?? {}, problems)
  const builder = new RowBuilder(target, problems)
  for (const statement of resolved) builder.add(statement)
  problems.check()
  if (mode === 'add') checkAddsOnly(resolved, source)
  const { rows, deletions, publicKeys, references } = builder
  const resources = [...builder.annotated]
  const warnings = [...builder.warnings]
  return {
    account,
    target,
    mode,
    source,
    rows,
    deletions,
    publicKeys,
    resources,
    references,
    warnings,
  }
}

function checkAddsOnly(statements: readonly ResolvedStatement[], source: Source): void {
  const deletion = statements.find(isDeletion)
  if (deletion === undefined) return
  const { line, column } = source.position(deletion.at.start)
  const hint = `the statement at line ${line}, column ${column} deletes; load the policy with an update instead`
  throw invalidText('may not contain deletion statements', hint)
}

const isDeletion = (
  statement: ResolvedStatement,
): statement is ResolvedStatement & { kind: 'delete' | 'revoke' | 'deny' } =>
  statement.kind === 'delete' || statement.kind === 'revoke' || statement.kind === 'deny'

function invalidText(message: string, hint?: string): Failure {
  const details = [{ code: 'validation_failed', target: 'policy_text', message }]
  return new Failure('validation_failed', `policy_text ${message}`, {
    wire: { details },
    ...(hint === undefined ? {} : { hint }),
  })
}

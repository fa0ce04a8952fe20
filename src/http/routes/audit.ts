import { PATHS } from '#api/paths.ts'
import type { ReadAudit } from '#app/read-audit.ts'
import type { AuditQuery } from '#app/store.ts'
import { parseIdIn } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { AUDIT } from '#http/about/audit.ts'
import { json } from '#http/answer.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The most records of one answer, and how many there are when nothing is said. */
const MAX_RECORDS = 1000
const USUAL_RECORDS = 100

/** The audit trail of an account, newest record first. */
export const auditRoutes = (use: { readonly readAudit: ReadAudit }): readonly Route[] => [
  route('GET', PATHS.audit, AUDIT.read, async (call) => {
    const query = queryOf(call.params.account, call.query)
    return json(200, await use.readAudit(await call.session(), query))
  }),
]

function queryOf(account: string, query: URLSearchParams): AuditQuery {
  const role = query.get('role')
  const resource = query.get('resource')
  const operation = query.get('operation')
  const result = query.get('result')
  const before = query.get('before')
  return {
    account,
    ...(role === null ? {} : { role: parseIdIn(account, role) }),
    ...(resource === null ? {} : { resource: parseIdIn(account, resource) }),
    ...(operation === null ? {} : { operation }),
    ...(result === null ? {} : { result: resultOf(result) }),
    limit: query.has('limit') ? whole('limit', query.get('limit'), MAX_RECORDS) : USUAL_RECORDS,
    ...(before === null ? {} : { before: whole('before', before, Number.MAX_SAFE_INTEGER) }),
  }
}

function resultOf(result: string): 'success' | 'failure' {
  if (result === 'success' || result === 'failure') return result
  throw new Failure('argument_error', '`result` is `success` or `failure`')
}

function whole(name: string, digits: string | null, most: number): number {
  const value = /^\d{1,16}$/.test(digits ?? '') ? Number(digits) : 0
  if (value >= 1 && value <= most) return value
  throw new Failure('argument_error', `\`${name}\` is a whole number from 1 to ${most}`)
}

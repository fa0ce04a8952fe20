import type { Id } from '#domain/id.ts'
import { type Line } from './line.ts'
import { isPresent, numberIn, statement } from './statement.ts'

const CREATED = statement(
  'role_created',
  'select (extract(epoch from created_at) * 1000)::bigint from role where id = $1',
)

/** When a role was created, `undefined` when there is no such role. */
export async function roleCreatedAt(line: Line, role: Id, ms: number): Promise<Date | undefined> {
  const [row] = await line.query(CREATED, [role], ms)
  const [createdAt] = row ?? []
  return isPresent(createdAt) ? new Date(numberIn(createdAt)) : undefined
}

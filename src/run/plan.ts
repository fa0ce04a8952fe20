import { resolve } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'
import { checkAlias } from './file-formats.ts'
import type { FileSpec } from './file-spec.ts'
import { parseTemplate } from './template/parser.ts'
import { tryTemplate } from './template/render.ts'
import type { Template } from './template/tree.ts'

/** A file of `summon.files` that can be written as soon as its values are there. */
export interface PlannedFile {
  readonly spec: FileSpec
  /** Absolute. */
  readonly path: string
  readonly template?: Template
}

/**
 * Checks all that can be checked before any value is asked for: aliases against formats, templates by trying them without
 * secrets, paths against each other. Relative paths start at `folder`. Throws `configuration`.
 */
export function planFiles(specs: readonly FileSpec[], folder: string): readonly PlannedFile[] {
  const files = specs.map((spec) => planFile(spec, folder))
  const paths = new Set<string>()
  for (const { path } of files) {
    if (paths.has(path)) {
      throw new Failure('configuration', `summon.files has the path ${quoted(path)} twice`)
    }
    paths.add(path)
  }
  return files
}

function planFile(spec: FileSpec, folder: string): PlannedFile {
  const path = resolve(folder, spec.path)
  if (spec.template === undefined) {
    for (const { key } of spec.entries) checkAlias(key, spec.format)
    return { spec, path }
  }
  try {
    const template = parseTemplate(spec.template)
    tryTemplate(
      template,
      spec.entries.map(({ key }) => key),
    )
    return { spec, path, template }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.code, `the file ${quoted(spec.path)}: ${error.message}`, {
      cause: error,
    })
  }
}

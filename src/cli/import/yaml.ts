import { Failure } from '#lib/failure.ts'

/** The longest text that is parsed as YAML, in bytes. */
const MAX_YAML = 16 * 1024 * 1024

/** The most aliases that a document may resolve, so that none grows without end. */
const MAX_ALIASES = 100

/**
 * The documents of a YAML text (JSON is YAML), their mappings as maps and every scalar as its text. Throws `usage` with the line of what is
 * wrong, without quoting it, and `too_large` for a text of more than 16 MiB.
 */
export async function parseYaml(text: string): Promise<readonly unknown[]> {
  if (text.length > MAX_YAML) throw new Failure('too_large', 'the file is too large')
  const { parseAllDocuments } = await import('yaml')
  try {
    const documents = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: true })
    return Array.from(documents, (document) => {
      const [error] = document.errors
      if (error !== undefined) throw malformed(error.linePos?.[0].line)
      const value: unknown = document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES })
      return value
    })
  } catch (error) {
    // Too many aliases, or nested too deeply to be looked at.
    if (error instanceof ReferenceError || error instanceof RangeError) throw malformed()
    throw error
  }
}

const malformed = (line?: number): Failure =>
  new Failure('usage', `the file is not valid YAML${line === undefined ? '' : ` in line ${line}`}`)

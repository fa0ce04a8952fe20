import { Failure, quoted } from '#lib/failure.ts'

/**
 * `text` with `$name` replaced by its definition and `$$` by a dollar sign; a dollar sign before anything else stays. Throws
 * `configuration` for a name that is not defined.
 */
export const substitute = (text: string, definitions: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$(\$|\w+)/g, (_, name: string) => {
    if (name === '$') return '$'
    const value = definitions.get(name)
    if (value === undefined) {
      throw new Failure('configuration', `variable ${quoted(name)} not declared`, {
        hint: `declare it with -D ${name}=…, or write $$ for a dollar sign`,
      })
    }
    return value
  })

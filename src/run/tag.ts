import { Failure, quoted } from '#lib/failure.ts'

/** What a tag says of the value that it stands before. */
export interface Tag {
  /** Whether the value names a variable; else it is the value itself. */
  readonly isVariable: boolean
  /** Whether the child gets the path of a file with the value. */
  readonly toFile: boolean
  /** What stands for an empty value. */
  readonly fallback?: string
}

const WORDS = new Set(['var', 'file', 'str', 'int', 'bool', 'float'])

/** The tags of YAML itself, which change nothing here: a value keeps its source text. */
const CORE = /^tag:yaml\.org,2002:(?:str|int|bool|float)$/

/**
 * Reads a tag: `!` and any of `var`, `file`, `str`, `int`, `bool`, `float`, `default='…'` in any order, joined by colons
 * (reference/broker-run-cli.md C.3). A default ends at the last quote of the tag and may be percent-encoded, since a tag
 * cannot hold a space. Throws `configuration` for anything else.
 */
export function parseTag(tag: string): Tag {
  if (CORE.test(tag)) return { isVariable: false, toFile: false }
  const [, before = '', encoded, after = ''] = /^!(.*?)(?:default='(.*)'(.*))?$/.exec(tag) ?? []
  const words = `${before}:${after}`.split(':').filter((word) => word !== '')
  if (!tag.startsWith('!') || !words.every((word) => WORDS.has(word))) {
    throw new Failure('configuration', `unknown tag type: ${quoted(tag)}`, {
      hint: "a tag joins var, file, str, int, bool, float or default='…' by colons",
    })
  }
  return {
    isVariable: words.includes('var'),
    toFile: words.includes('file'),
    ...(encoded === undefined ? {} : { fallback: decode(tag, encoded) }),
  }
}

function decode(tag: string, encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    throw new Failure('configuration', `the default in the tag ${quoted(tag)} is ill encoded`, {
      cause: error,
      hint: 'write a percent sign as %25',
    })
  }
}

/** What the words of a command may refer to. */
export interface Words {
  /** The path of a file with all variables; asked for only when there is a reference. */
  readonly envFile: () => string
  /** The names of all variables, and of those the ones that hold the path of a file with it. */
  readonly keys: readonly string[]
  readonly paths: readonly string[]
}

const ENV_FILE = '@SUMMONENVFILE'
const DOCKER_ARGS = '@SUMMONDOCKERARGS'

/**
 * The command with its references replaced (reference/broker-run-cli.md C.6): `@SUMMONENVFILE` anywhere in a word by a path, a word
 * `@SUMMONDOCKERARGS` by the flags that hand variables and files on to a container: names and paths, never values.
 */
export const fillCommand = (command: readonly string[], words: Words): readonly string[] =>
  command.flatMap((word) => {
    if (word === DOCKER_ARGS) return dockerArguments(words)
    return [word.includes(ENV_FILE) ? word.replaceAll(ENV_FILE, words.envFile) : word]
  })

const dockerArguments = ({ keys, paths }: Words): readonly string[] => [
  ...keys.flatMap((key) => ['--env', key]),
  ...paths.flatMap((path) => ['--volume', `${path}:${path}:ro`]),
]

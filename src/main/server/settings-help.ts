import { SETTINGS, variableOf } from './setting-table.ts'

/** The text of `strongroom server --help`: every setting, as a flag and as an environment variable. */
export function settingsHelp(): string {
  const rows = Object.entries(SETTINGS).map(([name, { help, standard, secret, aliases = [] }]) => {
    const flag = secret === true ? '(no flag)' : `--${name}`
    const variables = [variableOf(name), ...aliases].join(', ')
    const unless = standard === undefined || standard === '' ? '' : ` [${standard}]`
    return `  ${flag.padEnd(20)} ${help}${unless}\n${' '.repeat(23)}${variables}\n`
  })
  return `usage: strongroom server [flags]

Serves until SIGTERM or Ctrl-C. A flag overrides the environment variable below it, which overrides
the file of settings (--config), which overrides the standard value in brackets.

${rows.join('')}`
}

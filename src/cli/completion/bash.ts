import type { Place, PlaceOption, Value } from './places.ts'
import { nameOf, shellQuoted, spellingsOf } from './places.ts'

/** The script with which bash completes command lines. */
export const bashScript = (places: readonly Place[]): string => `# bash completion for strongroom
_strongroom() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local place='' words='' files='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place \${COMP_WORDS[i]}" in
      ${below(places)}) place="$place \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place:$prev" in
${places.flatMap(valueCases).join('\n')}
  esac
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ $files && $cur != -* ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _strongroom strongroom
`

const below = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path.length > 0)
    .map((place) => shellQuoted(nameOf(place)))
    .join(' | ')

const valueCases = (place: Place): readonly string[] =>
  place.options.flatMap((option) => {
    const { value } = option
    return value === undefined
      ? []
      : [`    ${patternsOf(place, option)}) ${completed(value)}return ;;`]
  })

const patternsOf = (place: Place, option: PlaceOption): string =>
  spellingsOf(option)
    .map((spelling) => shellQuoted(`${nameOf(place)}:${spelling}`))
    .join(' | ')

function completed(value: Value): string {
  switch (value.kind) {
    case 'file':
      return 'COMPREPLY=($(compgen -f -- "$cur")); '
    case 'words':
      return `COMPREPLY=($(compgen -W ${shellQuoted(value.words.join('\n'))} -- "$cur")); `
    case 'any':
      return ''
  }
}

function placeCase(place: Place): string {
  const words = [
    ...place.words.map(({ text }) => text),
    ...place.options.map(({ long }) => `--${long}`),
  ]
  const files = place.takesFile ? ' files=1' : ''
  return `    ${shellQuoted(nameOf(place))}) words=${shellQuoted(words.join('\n'))}${files} ;;`
}

import type { Place, PlaceOption, Value } from './places.ts'
import { nameOf, shellQuoted, spellingsOf } from './places.ts'

/** The script with which zsh completes command lines, each word with its meaning. */
export const zshScript = (places: readonly Place[]): string => `#compdef strongroom
_strongroom() {
  local place='' files='' i
  local -a entries flags
  for ((i = 2; i < CURRENT; i++)); do
    case "$place \${words[i]}" in
      (${below(places)}) place="$place \${words[i]}" ;;
    esac
  done
  case "$place:\${words[CURRENT - 1]}" in
${places.flatMap(valueCases).join('\n')}
  esac
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
  (( \${#entries} )) && _describe command entries
  (( \${#files} )) && _files
  _describe -o option flags
}
if [[ $funcstack[1] == _strongroom ]]; then _strongroom "$@"; else compdef _strongroom strongroom; fi
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
      : [`    (${patternsOf(place, option)}) ${completed(value)}; return ;;`]
  })

const patternsOf = (place: Place, option: PlaceOption): string =>
  spellingsOf(option)
    .map((spelling) => shellQuoted(`${nameOf(place)}:${spelling}`))
    .join(' | ')

function completed(value: Value): string {
  switch (value.kind) {
    case 'file':
      return '_files'
    case 'words':
      return `compadd -- ${value.words.map(shellQuoted).join(' ')}`
    case 'any':
      return `_message ${shellQuoted('value')}`
  }
}

/** A colon would end the word. */
const described = (text: string, meaning: string): string =>
  shellQuoted(`${text.replaceAll(':', String.raw`\:`)}:${meaning}`)

function placeCase(place: Place): string {
  const entries = place.words.map(({ text, meaning }) => described(text, meaning))
  const flags = place.options.map(({ long, meaning }) => described(`--${long}`, meaning))
  const files = place.takesFile ? ' files=1' : ''
  return `    (${shellQuoted(nameOf(place))}) entries=(${entries.join(' ')}) flags=(${flags.join(' ')})${files} ;;`
}

import type { Place, PlaceOption } from './places.ts'
import { nameOf } from './places.ts'

/** The script with which fish completes command lines, each word with its meaning. */
export const fishScript = (places: readonly Place[]): string => `# fish completion for strongroom
function __strongroom_place
    set -l place ''
    for word in (commandline -opc)[2..]
        switch "$place $word"
            case ${below(places)}
                set place "$place $word"
        end
    end
    test "$place" = "$argv[1]"
end
complete -c strongroom -f
${places.flatMap(linesOf).join('\n')}
`

const below = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path.length > 0)
    .map((place) => quoted(nameOf(place)))
    .join(' ')

/** A text in single quotes, in which fish escapes by backslashes. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`

function linesOf(place: Place): readonly string[] {
  const start = `complete -c strongroom -n ${quoted(`__strongroom_place ${quoted(nameOf(place))}`)}`
  return [
    ...place.words.map(({ text, meaning }) => `${start} -a ${quoted(text)} -d ${quoted(meaning)}`),
    ...place.options.map((option) => `${start} ${flagsOf(option)} -d ${quoted(option.meaning)}`),
    ...(place.takesFile ? [`${start} -F`] : []),
  ]
}

function flagsOf({ long, short, value }: PlaceOption): string {
  const names = `-l ${long}${short === undefined ? '' : ` -s ${short}`}`
  switch (value?.kind) {
    case undefined:
      return names
    case 'file':
      return `${names} -r -F`
    case 'words':
      return `${names} -x -a ${quoted(value.words.join(' '))}`
    case 'any':
      return `${names} -x`
  }
}

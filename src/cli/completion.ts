import { bashScript } from './completion/bash.ts'
import { fishScript } from './completion/fish.ts'
import type { Place } from './completion/places.ts'
import { placesOf } from './completion/places.ts'
import type { Shell } from './completion/shells.ts'
import { zshScript } from './completion/zsh.ts'
import type { CliContext } from './context.ts'
import { COMMANDS, PROGRAMS } from './table.ts'

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** `strongroom completion`: a script for a shell, written from the table of commands. */
export function completion(
  context: CliContext,
  { shell }: { readonly shell: Shell },
): Promise<void> {
  const script = SCRIPTS[shell](placesOf(COMMANDS, PROGRAMS))
  return context.show({ data: { script }, plain: script })
}

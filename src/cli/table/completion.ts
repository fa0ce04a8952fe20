import { command } from '#cli/command.ts'
import type { Command } from '#cli/command.ts'
import { SHELLS } from '#cli/completion/shells.ts'

/** Completion by shells. */
export const COMPLETION: Command = command(
  {
    name: 'completion',
    summary: 'show a script with which a shell completes command lines',
    description:
      'With bash: `source <(strongroom completion bash)` in ~/.bashrc. With zsh: `strongroom completion zsh > "${fpath[1]}/_strongroom"`. ' +
      'With fish: `strongroom completion fish > ~/.config/fish/completions/strongroom.fish`.',
    positionals: [{ name: 'shell', summary: 'the shell', choices: SHELLS }],
    shows: 'an object with `script`',
    examples: ['strongroom completion bash | head -n 1'],
  },
  async () => (await import('#cli/completion.ts')).completion,
)

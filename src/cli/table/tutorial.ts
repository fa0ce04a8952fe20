import { command } from '#cli/command.ts'
import type { Command } from '#cli/command.ts'
import { FORMS } from '#cli/output.ts'

/** The first ten minutes. */
export const TUTORIAL: Command = command(
  {
    name: 'tutorial',
    summary: 'learn the basics by doing them, on a server of its own',
    description:
      'Starts a real server in a folder of its own and leads through policy, secrets, apps, rotation, revocation and audit. Each step shows the ' +
      'commands that do it, takes those that you type, and asks the server whether it is done. Your own configuration and logins are not ' +
      'touched. You may leave at any time; the next start goes on there. Where there is no terminal every step is done by itself.',
    options: {
      yes: { short: 'y', summary: 'do every step without asking, and show it' },
      folder: {
        value: 'folder',
        isFile: true,
        summary:
          'where everything is kept (default: ~/.local/state/strongroom/tutorial, for root /var/lib/strongroom-tutorial)',
      },
      restart: { summary: 'begin anew: what an earlier tutorial kept in the folder is removed' },
      output: {
        value: 'form',
        choices: FORMS,
        summary: 'show the outcome in this form, and the steps on the standard error stream',
      },
    },
    shows: 'the `folder`, the names of the `steps`, and whether they are all `done`',
    exits: {
      1: 'a step that was done by itself does not hold',
      3: 'the folder cannot be used, or is in use',
      7: 'what was kept of an earlier tutorial no longer fits',
    },
    examples: ['strongroom tutorial --yes --folder walk'],
  },
  async () => (await import('#cli/tutorial.ts')).tutorial,
)

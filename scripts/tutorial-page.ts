import { GIVEN } from '#cli/tutorial/given.ts'
import type { Step, StepCommand } from '#cli/tutorial/step.ts'
import { STEPS } from '#cli/tutorial/steps.ts'
import { WORDS } from '#cli/tutorial/words.ts'

/** The page of the tutorial, written from the steps that the tutorial itself takes. */
export function tutorialPage(head: string): string {
  const words = Object.entries(WORDS).map(([word, meaning]) => `| \`${word}\` | ${meaning} |`)
  return `${head}# The tutorial

\`\`\`sh
npx strongroom tutorial
\`\`\`

It starts a real server with a database of its own and leads through what follows, in about five minutes. At each step you type the
commands, those shown here or your own, and a shell runs them; then the tutorial asks the server, mostly its audit trail, whether the step is
done. You may leave at any time: the next start goes on there. Your own configuration and logins are neither used nor changed.

| typed instead of a command | does |
|---|---|
${words.join('\n')}

Everything is in one folder, which the tutorial names: \`~/.local/state/strongroom/tutorial\` (for root \`/var/lib/strongroom-tutorial\`), or
that of \`--folder\`. \`--restart\` begins anew. With \`--yes\`, or where there is no terminal, all steps are done without asking and shown; the
exit code is then 0 only if every check held. It runs on Linux and macOS. See [the command](reference/cli/tutorial.md) for what that prints.

${STEPS.map(section).join('\n\n')}
`
}

const section = ({ title, why, file, show, check, proved }: Step, index: number): string =>
  [
    `## ${index + 1}. ${title}`,
    ...why.map(linked),
    ...(file === undefined ? [] : [`\`${file}\`:\n\n\`\`\`yaml\n${GIVEN[file] ?? ''}\`\`\``]),
    ...(show.length === 0 ? [] : [`\`\`\`sh\n${show.map(lineOf).join('\n')}\n\`\`\``]),
    ...(check === undefined ? [] : [`_Checked:_ ${linked(proved)}`]),
  ].join('\n\n')

const lineOf = ({ line }: StepCommand): string => line

/** The documents that a text names, as links from the folder of the page. */
const linked = (text: string): string =>
  text.replaceAll(/docs\/([\w/-]+(?:\.md)?)/g, (path, target: string) => `[${path}](${target})`)

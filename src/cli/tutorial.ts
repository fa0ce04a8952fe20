import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import { Failure } from '#lib/failure.ts'
import { placesOf } from './completion/places.ts'
import type { CliContext } from './context.ts'
import type { Form } from './output.ts'
import { COMMANDS, PROGRAMS } from './table.ts'
import type { Folder } from './tutorial/folder.ts'
import { clearFolder, fillFolder, folderAt, openFolder, standardFolder } from './tutorial/folder.ts'
import { logIn, makeGuide, openGuide, pointAt } from './tutorial/guide.ts'
import type { Page } from './tutorial/page.ts'
import { openPage, wantsColours } from './tutorial/page.ts'
import { openPlace } from './tutorial/place.ts'
import type { Progress } from './tutorial/progress.ts'
import { BEGINNING, parseProgress, printProgress } from './tutorial/progress.ts'
import { openPrompt } from './tutorial/prompt.ts'
import { serverEnded, startTutorialServer } from './tutorial/server.ts'
import { STEPS } from './tutorial/steps.ts'
import { stopAsked } from './tutorial/stop.ts'
import type { StopAsked } from './tutorial/stop.ts'
import { isolated } from './tutorial/surroundings.ts'
import { walk } from './tutorial/walk.ts'
import type { Ask } from './tutorial/walk.ts'

interface TutorialInput {
  readonly yes?: true
  readonly folder?: string
  readonly restart?: true
  readonly output?: Form
}

const NAMES = STEPS.map(({ name }) => name)

/** `strongroom tutorial`: leads through the basics on a server of its own, or does them where there is nobody to lead. */
export async function tutorial(context: CliContext, input: TutorialInput): Promise<void> {
  const { yes, output } = input
  const { stdin, stdout, stderr } = context
  const isInteractive =
    yes !== true && output === undefined && stdin.isTTY === true && stdout.isTTY === true
  const out = output === undefined ? stdout : stderr
  const page = openPage(
    (text) => void out.write(text),
    wantsColours(output === undefined && stdout.isTTY === true, context.environment),
  )
  using stop = stopAsked(isInteractive)
  const ask = isInteractive
    ? openPrompt({ stdin, stdout, signal: stop.signal }, placesOf(COMMANDS, PROGRAMS))
    : undefined
  const folder = folderIn(context, input)
  const isDone = await unlessStopped(stop, () =>
    onServer(context, { folder, page, ask, signal: stop.signal }, input),
  )
  await context.show({
    data: { folder: folder.path, steps: NAMES, done: isDone },
    plain: '',
  })
}

/** What `act` gives. When a signal asked to stop, this process ends by it once `act` has ended, whatever that fails with for the want of a server. */
async function unlessStopped(stop: StopAsked, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act()
  } catch (error) {
    if (stop.signal.aborted) return false
    throw error
  } finally {
    stop.obey()
  }
}

function folderIn({ environment, home }: CliContext, { folder }: TutorialInput): Folder {
  if (process.platform === 'win32') {
    throw new Failure('configuration', 'the tutorial needs the shell of Linux or macOS', {
      hint: 'on Windows it runs inside WSL',
    })
  }
  return folderAt(folder ?? standardFolder(environment, home, process.getuid?.() === 0))
}

/** What a walk needs besides its server. */
interface Setting {
  readonly folder: Folder
  readonly page: Page
  readonly ask: Ask | undefined
  readonly signal: AbortSignal
}

/** Starts the server, walks, and stops it; says whether all steps are done. */
async function onServer(
  { environment: own, programs }: CliContext,
  { folder, page, ask, signal }: Setting,
  { restart, folder: named }: TutorialInput,
): Promise<boolean> {
  if (programs === undefined) throw new Error('nothing says where the programs of this one are')
  // Before anything else is in the folder, so that it is known as ours from then on.
  if (openFolder(folder)) begin(folder)
  const kept = restart === true ? BEGINNING : keptIn(folder)
  page.note('Everything is in one folder, the data of the server included:')
  page.quote(folder.path)
  const environment = isolated(own, folder)
  await using server = await startTutorialServer({
    program: programs.tutorialServer,
    folder,
    environment,
    isAnew: restart === true,
    signal,
    onWait: () => page.note('Another tutorial works in this folder: waiting for it to end.'),
  })
  // Not before: the folder may be that of a tutorial that runs.
  if (restart === true) {
    clearFolder(folder)
    begin(folder)
  }
  fillFolder(folder, { node: process.execPath, launcher: programs.launcher })
  pointAt(server.url, folder)
  const progress = await withGuide(server.url, folder, kept)
  const guide = await openGuide(server.url, folder, progress.guideKey)
  try {
    const place = openPlace({ folder, environment, guide, steps: STEPS, signal })
    welcome(page, server.url, progress, ask !== undefined)
    const parts = { steps: STEPS, place, page, signal }
    const isDone = await walk(ask === undefined ? parts : { ...parts, ask }, progress)
    farewell(page, isDone, folder, named)
    return isDone
  } catch (error) {
    throw server.hasEnded() ? serverEnded(folder) : error
  } finally {
    guide.close()
  }
}

const begin = ({ progress }: Folder): void =>
  writePrivateFile(progress, printProgress(BEGINNING, NAMES))

const keptIn = ({ progress }: Folder): Progress =>
  parseProgress(readTextFile(progress) ?? '', NAMES)

/** Progress with the key of the guide, who is made, and the person logged in, where there is none. */
async function withGuide(
  url: string,
  folder: Folder,
  progress: Progress,
): Promise<Progress & { readonly guideKey: string }> {
  const { guideKey } = progress
  if (guideKey !== undefined) return { ...progress, guideKey }
  const made = { ...progress, guideKey: await makeGuide(url, folder) }
  logIn(url, folder)
  writePrivateFile(folder.progress, printProgress(made, NAMES))
  return made
}

function welcome(page: Page, url: string, { at }: Progress, isInteractive: boolean): void {
  page.note(`The server is at ${url} until you leave.`)
  page.note('Your own configuration and logins are not touched.')
  if (at === NAMES.length) {
    page.note('You have done all of it. --restart begins anew.')
  } else if (at > 0) {
    page.note(`You go on where you left: at step ${at + 1} of ${NAMES.length}.`)
  }
  if (!isInteractive) return
  page.note('Type the commands that are shown, or your own: a shell runs them.')
  page.note('hint, skip, back, quit and help are for the tutorial. Tab completes.')
}

function farewell(page: Page, isDone: boolean, { path }: Folder, named?: string): void {
  const again = ['strongroom tutorial', ...(named === undefined ? [] : ['--folder', named])]
  page.blank()
  if (!isDone) {
    page.note(`Until next time: \`${again.join(' ')}\` goes on here.`)
    return
  }
  page.note('All steps are done. The folder is yours to remove:')
  page.quote(path)
}

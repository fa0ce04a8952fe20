import { Failure } from '#lib/failure.ts'
import type { Page } from './page.ts'
import type { Progress } from './progress.ts'
import { unfit } from './progress.ts'
import type { Check, Step, StepCommand, Unattended, World } from './step.ts'
import { isUnfinished, wordIn, WORDS } from './words.ts'

/** Where the steps are done: a server, a folder and a shell. */
export interface Place {
  /** What a check may ask, about the time after the record of the trail with this id. */
  readonly since: (mark: number) => World
  /** The newest record of the trail. */
  readonly mark: () => Promise<number>
  /** Runs a command for the person, who sees what it prints. */
  readonly run: (line: string) => Promise<void>
  /** Runs a command of a step and gives what it printed. */
  readonly perform: (line: string, input: string) => Promise<string>
  /** The text of a file of the folder. */
  readonly text: (name: string) => string
  readonly keep: (progress: Progress) => void
}

/** Whoever walks: what they type, `undefined` when they leave. Absent where nobody does. */
export type Ask = (prompt: string, step: Step) => Promise<string | undefined>

/** A walk. */
export interface Walk {
  readonly steps: readonly Step[]
  readonly place: Place
  readonly page: Page
  readonly ask?: Ask
  /** Aborted when the walk is to end, which it does before the next command. */
  readonly signal: AbortSignal
}

/** Where a step leads. */
type Way = 'on' | 'back' | 'away'

/**
 * Walks from `progress` on until every step was done (`true`) or the person leaves (`false`), and keeps progress after each step. Without
 * somebody to ask, each step is performed. Throws `conflict` when what an earlier walk left does not bear the rest, `corrupt` when a step that
 * was performed does not hold.
 */
export async function walk(parts: Walk, progress: Progress): Promise<boolean> {
  const { steps, place } = parts
  await mustLast(parts, progress)
  let { at } = progress
  const marks = new Map(Object.entries(progress.marks))
  for (let step = steps[at]; step !== undefined; step = steps[at]) {
    // oxlint-disable no-await-in-loop -- one step after the other
    const mark = marks.get(step.name) ?? (await place.mark())
    marks.set(step.name, mark)
    const keep = (next: number): void =>
      place.keep({ ...progress, at: next, marks: Object.fromEntries(marks) })
    keep(at)
    introduce(parts, at)
    const way = await taken(parts, { step, world: place.since(mark) })
    // oxlint-enable no-await-in-loop
    if (way === 'away') return false
    at = way === 'on' ? at + 1 : Math.max(0, at - 1)
    keep(at)
  }
  return true
}

async function mustLast({ steps, place }: Walk, { at }: Progress): Promise<void> {
  const world = place.since(0)
  const done = steps.slice(0, at)
  const missing = await Promise.all(done.map(({ lasts }) => missingBy(lasts, world)))
  const first = missing.find((what) => what !== undefined && what !== LOGGED_OUT)
  if (first !== undefined) throw unfit(first)
}

function introduce({ steps, page, place, ask }: Walk, at: number): void {
  const step = steps[at]
  if (step === undefined) return
  page.title(`${at + 1}/${steps.length}  ${step.title}`)
  for (const paragraph of step.why) page.say(paragraph)
  page.blank()
  if (step.file !== undefined) {
    page.note(`${step.file}:`)
    page.quote(place.text(step.file))
    page.blank()
  }
  if (ask === undefined || step.show.length === 0) return
  showCommands(page, step)
  page.blank()
}

function showCommands(page: Page, { show }: Step): void {
  for (const { line } of show) page.command(line)
}

/** A step that is under way. */
interface Current {
  readonly step: Step
  readonly world: World
}

async function taken(parts: Walk, current: Current): Promise<Way> {
  if (current.step.check === undefined) return 'on'
  return parts.ask === undefined ? alone(parts, current) : together(parts, parts.ask, current)
}

/** Without a person. What an interrupted walk has already done is not done again. */
async function alone(parts: Walk, current: Current): Promise<Way> {
  if ((await missingOf(current)) !== undefined) await perform(parts, current.step)
  if (parts.signal.aborted) return 'away'
  const missing = await missingOf(current)
  if (missing !== undefined) {
    throw new Failure('corrupt', `step ${current.step.name} does not hold: ${missing}`)
  }
  parts.page.good(current.step.proved)
  return 'on'
}

async function together(parts: Walk, ask: Ask, current: Current): Promise<Way> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one line after the other
    const way = await answered(parts, current, await lineFrom(ask, current.step))
    if (way !== undefined) return way
  }
}

/** A line with those that it goes on in. */
async function lineFrom(ask: Ask, step: Step): Promise<string | undefined> {
  let whole = await ask(`${step.name}> `, step)
  while (whole !== undefined && isUnfinished(whole)) {
    // oxlint-disable-next-line no-await-in-loop -- one line after the other
    const rest = await ask('> ', step)
    whole = rest === undefined ? undefined : `${whole}\n${rest}`
  }
  return whole
}

/** Does what was typed; `undefined` when the step is not over. */
async function answered(
  parts: Walk,
  current: Current,
  line: string | undefined,
): Promise<Way | undefined> {
  const { page, place } = parts
  if (line === undefined) return 'away'
  switch (wordIn(line)) {
    case 'quit':
      return 'away'
    case 'back':
      return 'back'
    case 'hint':
      showCommands(page, current.step)
      return undefined
    case 'help':
      explainWords(page)
      return undefined
    case 'skip':
      await perform(parts, current.step)
      break
    case undefined:
      if (line.trim() !== '') await place.run(line)
      break
  }
  return parts.signal.aborted ? 'away' : verdict(page, current)
}

function explainWords(page: Page): void {
  for (const [word, meaning] of Object.entries(WORDS)) page.note(`${word}  ${meaning}`)
  page.note('Anything else is run by a shell. An empty line checks again.')
}

async function verdict(page: Page, current: Current): Promise<Way | undefined> {
  const missing = await missingOf(current)
  if (missing === undefined) {
    page.good(current.step.proved)
    return 'on'
  }
  page.missing(missing)
  return undefined
}

const missingOf = ({ step, world }: Current): Promise<string | undefined> =>
  missingBy(step.check, world)

const LOGGED_OUT =
  'you are not logged in as admin; `strongroom login -i admin < ../server/admin-api-key` does it'

async function missingBy(check: Check | undefined, world: World): Promise<string | undefined> {
  try {
    return await check?.(world)
  } catch (error) {
    if (error instanceof Failure && error.code === 'unauthorized') return LOGGED_OUT
    throw error
  }
}

/** Does a step for the person; whether that went well is for its check to say. */
async function perform({ page, place, signal }: Walk, { show }: Step): Promise<void> {
  for (const command of show) {
    if (signal.aborted) return
    // oxlint-disable-next-line no-await-in-loop -- each builds on what the one before did
    await performOne(page, place, command)
  }
}

async function performOne(page: Page, place: Place, command: StepCommand): Promise<void> {
  const { line, input, told }: Unattended = command.unattended ?? { line: command.line }
  page.command(line)
  if (told !== undefined) page.note(`(${told})`)
  const printed = await place.perform(line, input?.() ?? '')
  if (command.isSecret === true) {
    page.note(`(it printed ${printed.trimEnd().length} characters, which are not shown here)`)
  } else if (printed !== '') page.quote(withoutKeys(printed))
}

/** Nobody asked for these. */
const withoutKeys = (text: string): string =>
  text.replaceAll(/("api_key": )"[^"]*"/g, (_, name: string) => `${name}"(not shown here)"`)

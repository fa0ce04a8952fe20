import { Failure } from '#lib/failure.ts'

/** One thing that was looked at. What comes after something that failed is skipped. */
export interface CheckResult {
  readonly name: string
  readonly result: 'ok' | 'failed' | 'skipped'
  /** What is wrong: a code and text of reference/conjur-api.md 1.14. */
  readonly error?: string
  /** What to do about it. */
  readonly hint?: string
}

/** One thing that is looked at. */
export interface CheckStep {
  readonly name: string
  /** What to do when it fails. */
  readonly hint?: string
  /** Throws a {@link Failure} when it fails. */
  readonly run: () => Promise<void> | void
}

/** How steps came out. */
export interface Outcome<Step extends CheckStep> {
  readonly checks: readonly CheckResult[]
  /** The step that failed, if one did, and why. */
  readonly failed?: { readonly step: Step; readonly error: Failure }
}

/** Carries steps out up to the first that fails; those after it are skipped. */
export async function carryOut<Step extends CheckStep>(
  steps: readonly Step[],
): Promise<Outcome<Step>> {
  const checks: CheckResult[] = []
  for (const [index, step] of steps.entries()) {
    const { name, hint } = step
    try {
      // oxlint-disable-next-line no-await-in-loop -- a step may rest on those before it
      await step.run()
      checks.push({ name, result: 'ok' })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const told = hint === undefined ? {} : { hint }
      checks.push({ name, result: 'failed', error: error.message, ...told })
      for (const later of steps.slice(index + 1)) {
        checks.push({ name: later.name, result: 'skipped' })
      }
      return { checks, failed: { step, error } }
    }
  }
  return { checks }
}

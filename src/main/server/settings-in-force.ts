import { DEFAULT, readSources } from './setting-sources.ts'
import type { SourceOptions, Sources } from './setting-sources.ts'
import { SETTINGS } from './setting-table.ts'
import type { Setting } from './setting-table.ts'
import { settingsOf } from './settings.ts'
import type { Settings } from './settings.ts'

/** One setting as an operator may see it. */
export interface SettingInForce {
  readonly name: string
  /** A secret is shown as `(hidden)`, what is not set as an empty text. */
  readonly value: string
  /** The same as a list, a number or a switch, where it is one. */
  readonly typed: string | number | boolean | readonly string[]
  /** The flag, variable or file that said it, or `default`. */
  readonly source: string
}

/** The settings of a program, with what was said to make them so. */
export interface Configuration {
  readonly settings: Settings
  readonly sources: Sources
}

/** Reads the settings like `readSettings`, and keeps their sources. */
export function readConfiguration(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  options?: SourceOptions,
): Configuration {
  const sources = readSources(argv, environment, options)
  return { settings: settingsOf(sources), sources }
}

/** All settings with where they come from. */
export function describeSettings({ settings, sources }: Configuration): readonly SettingInForce[] {
  const byName = new Map<string, unknown>(
    Object.entries(settings).map(([member, value]) => [nameOf(member), value]),
  )
  return Object.entries(SETTINGS).map(([name, setting]) => {
    const value = shownValue(sources, name, setting)
    const source = sources.said.get(name)?.where ?? DEFAULT
    return { name, value, typed: typedValue(byName.get(name)) ?? value, source }
  })
}

function typedValue(value: unknown): number | boolean | readonly string[] | undefined {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

function shownValue({ said }: Sources, name: string, { standard = '', secret }: Setting): string {
  const value = said.get(name)?.value
  return secret === true && value !== undefined ? '(hidden)' : (value ?? standard)
}

/** The names of the settings that differ: those that a running server takes, and those that need a restart. */
export interface SettingsChanged {
  readonly live: readonly string[]
  readonly restart: readonly string[]
}

/** What changed from one reading of the settings to the next. */
export function changedSettings(before: Sources, after: Sources): SettingsChanged {
  const changed = Object.entries(SETTINGS).filter(
    ([name, { standard }]) =>
      (before.said.get(name)?.value ?? standard) !== (after.said.get(name)?.value ?? standard),
  )
  const namesOf = (isLive: boolean): readonly string[] =>
    changed.filter(([, { live = false }]) => live === isLive).map(([name]) => name)
  return { live: namesOf(true), restart: namesOf(false) }
}

/** `before` with those settings of `after` that a running server takes. */
export function withLive(before: Settings, after: Settings): Settings {
  const isLive = (member: string): boolean => SETTINGS[nameOf(member)]?.live === true
  return { ...before, ...Object.fromEntries(Object.entries(after).filter(([key]) => isLive(key))) }
}

/** The setting that a member of {@link Settings} is: `tlsCert` is `tls-cert`. */
const nameOf = (member: string): string =>
  member.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

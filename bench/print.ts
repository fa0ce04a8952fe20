// How the bench prints: a name, what was measured, and the bound that it is held to.

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

export const row = (name: string, value: string, bound = ''): void =>
  say(`  ${name.padEnd(58)} ${value.padStart(16)}  ${bound}`)

export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`

export const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '#cli/command.ts'
import type { Entry } from '#cli/command.ts'
import { bashScript } from '#cli/completion/bash.ts'
import { fishScript } from '#cli/completion/fish.ts'
import { nameOf, placesOf } from '#cli/completion/places.ts'
import { zshScript } from '#cli/completion/zsh.ts'

const nothing = async (): Promise<() => Promise<void>> => () => Promise.resolve()

const TABLE: readonly Entry[] = [
  {
    name: 'fruit',
    summary: "eat: don't wait",
    commands: [
      command(
        {
          name: 'peel',
          summary: 'peel it',
          options: {
            knife: { short: 'k', value: 'file', isFile: true, summary: 'with this' },
            secret: { value: 'x', summary: 'old', isHidden: true },
            colour: { value: 'colour', choices: ['red', 'green'], summary: 'only those' },
          },
          positionals: [{ name: 'kind', summary: 'which', choices: ['apple', 'pear'] }],
          shows: 'x',
          examples: [],
        },
        nothing,
      ),
    ],
  },
  { name: 'old', summary: 'hidden', commands: [], isHidden: true },
]

const places = placesOf(TABLE, [{ name: 'server', summary: 'serve' }])

test('each place knows what may come next', () => {
  assert.deepEqual(places.map(nameOf), ['', ' fruit', ' fruit peel', ' server'])
  const [top, fruit, peel] = places
  assert.deepEqual(
    top?.words.map(({ text }) => text),
    ['fruit', 'server'],
  )
  assert.deepEqual(
    fruit?.words.map(({ text }) => text),
    ['peel'],
  )
  assert.deepEqual(
    peel?.words.map(({ text }) => text),
    ['apple', 'pear'],
  )
  assert.deepEqual(
    peel?.options.map(({ long }) => long),
    ['knife', 'colour', 'debug', 'timeout', 'output', 'help'],
  )
})

test('`template-metachar`: what is said of a command is text to every shell', () => {
  assert.ok(zshScript(places).includes(String.raw`'fruit:eat: don'\''t wait'`))
  assert.ok(fishScript(places).includes(String.raw`-a 'fruit' -d 'eat: don\'t wait'`))
  assert.ok(!bashScript(places).includes("don't"))
})

test('scripts offer files, choices and nothing where those are due', () => {
  const bash = bashScript(places)
  assert.ok(bash.includes(`' fruit peel:--knife' | ' fruit peel:-k') COMPREPLY=($(compgen -f`))
  assert.ok(bash.includes(`' fruit peel:--colour') COMPREPLY=($(compgen -W 'red\ngreen'`))
  assert.ok(bash.includes(`' fruit peel:--timeout') return ;;`))
  assert.ok(zshScript(places).includes(`(' fruit peel:--colour') compadd -- 'red' 'green'; return`))
  const fish = fishScript(places)
  assert.ok(fish.includes(String.raw`-l knife -s k -r -F`))
  assert.ok(fish.includes(String.raw`-l colour -x -a 'red green'`))
})

#!/usr/bin/env node
// Starts one of our programs on the Node that the project pins. Plain JavaScript without new syntax, because an older
// Node may be the one that reads it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED = 24
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * Flags that take dangerous powers away from what holds the keys: it never makes code from text, __proto__ throws, and no signal opens
 * the debugger, which would show every value.
 */
const HARDENED = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--disable-sigusr1',
]

const [first, ...rest] = process.argv.slice(2)
const PROGRAMS = new Map([
  ['server', 'server'],
  ['run', 'run'],
  ['summon', 'run'],
  ['summon-strongroom', 'provider'],
  ['admin', 'admin'],
  ['conjurctl', 'admin'],
])
const program = PROGRAMS.get(first) ?? 'cli'
const argv = program === 'cli' ? process.argv.slice(2) : rest

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  replaceWith(pinnedNode(), [])
} else if (['server', 'admin'].includes(program) && !process.execArgv.includes(HARDENED[0])) {
  replaceWith(process.execPath, HARDENED)
} else {
  const { main } = await import(pathToFileURL(fileOf(program)).href)
  process.exitCode = await (['admin', 'run'].includes(program) ? main(argv, first) : main(argv))
}

/** The bundle, or in a checkout that was not built the source. */
function fileOf(name) {
  const bundle = join(root, 'dist', `${name}.js`)
  return existsSync(bundle) ? bundle : join(root, 'src', 'main', `${name}.ts`)
}

function pinnedNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    process.stderr.write(
      `strongroom: needs Node ${NEEDED} or later, this is ${process.version}\n` +
        `  npm ci installs it as ${name}, unless optional dependencies are left out\n`,
    )
    process.exit(1)
  }
}

/** Runs this script again on `node` with `flags`: in place of this process where the system can, without core dumps. */
function replaceWith(node, flags) {
  const script = fileURLToPath(import.meta.url)
  const args = [...flags, script, ...process.argv.slice(2)]
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    const shell = ['sh', '-c', 'ulimit -c 0; exec "$0" "$@"', node, ...args]
    process.execve('/bin/sh', shell, process.env)
  }
  const child = spawn(node, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

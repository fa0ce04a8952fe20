/** Numbers below a limit, the same ones for the same seed. */
export function randomOf(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return (state >> 8) % limit
  }
}

export type Random = ReturnType<typeof randomOf>

/** One of the items. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random(items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

const some = <T>(random: Random, items: readonly T[]): readonly T[] =>
  items.filter(() => random(3) === 0)

const ROLES = ['!user u', '!user a-b', '!host h', '!host x/h', '!group g', '!group x/g', '!layer l']
const OTHERS = ['!variable v', '!variable x/y/v', '!webservice w', '!role { kind: robot, id: r }']

/** Values that a printer must quote, and some that it must not. */
const TEXTS = [
  'plain',
  'no',
  '12',
  '0x1f',
  '~',
  '',
  'a: b',
  '- x',
  "it's",
  '"q"',
  '#c',
  'ü\u2028',
  'two\nlines',
  ' x ',
]

/** Where a statement stands: its policies from the outermost on. */
type Path = readonly string[]

/**
 * A policy with policies in it, whose names make logins ambiguous, and whose statements use every form that the language has. It
 * need not be valid.
 */
export function randomNestedPolicy(random: Random): string {
  const declared: (readonly [tag: string, path: string])[] = []
  const text = body(random, [], declared)
  return text === '' ? '[]' : text
}

function body(random: Random, path: Path, declared: (readonly [string, string])[]): string {
  const indent = '    '.repeat(path.length)
  const lines = [
    ...some(random, [...ROLES, ...OTHERS]).map((one) => declaration(random, one, path, declared)),
    ...(random(3) === 0 ? [factory(random, path, declared)] : []),
    ...(path.length > 0 && random(4) === 0 ? [pick(random, ['- !layer', '- !webservice'])] : []),
    ...Array.from({ length: random(3) }, () => grant(random, path, declared)),
    ...Array.from({ length: random(3) }, () => permit(random, path, declared)),
  ].map((line) => `${indent}${line}\n`)
  const policies = path.length > 2 ? [] : some(random, ['a', 'a-b', 'b', 'p@q'])
  return (
    lines.join('') +
    policies
      .map((name) => {
        const owner = random(4) === 0 ? `${indent}  owner: ${anyRole(random, declared)}\n` : ''
        declared.push(['!policy', [...path, name].join('/')])
        const inner = body(random, [...path, name], declared)
        const head = `${indent}- !policy\n${indent}  id: ${name}\n${owner}`
        return inner === '' ? head : `${head}${indent}  body:\n${inner}`
      })
      .join('')
  )
}

function declaration(
  random: Random,
  one: string,
  path: Path,
  declared: (readonly [string, string])[],
): string {
  if (one.includes('{')) return `- ${one}`
  const [tag = '', name = ''] = one.split(' ')
  const attributes = attributesOf(random, tag, declared)
  // Only now, so that it does not own itself: what does is nobody else's to see.
  declared.push([tag, [...path, name].join('/')])
  return `- ${tag} { id: ${[name, ...attributes].join(', ')} }`
}

function attributesOf(
  random: Random,
  tag: string,
  declared: readonly (readonly [string, string])[],
): readonly string[] {
  const text = (): string => JSON.stringify(pick(random, TEXTS))
  const seldom = (applies: boolean, attribute: () => string): readonly string[] =>
    applies && random(3) === 0 ? [attribute()] : []
  return [
    ...seldom(random(2) === 0, () => `owner: ${anyRole(random, declared)}`),
    ...seldom(true, () => `annotations: { a: ${text()}, "k e": x }`),
    ...seldom(/user|host/.test(tag), () => `restricted_to: [10.${random(3)}.0.0/16]`),
    ...seldom(tag === '!user', () => 'public_key: ssh-rsa AAAA me@home'),
    ...seldom(tag === '!variable', () => `kind: ${text()}, mime_type: text/plain`),
  ]
}

function factory(random: Random, path: Path, declared: (readonly [string, string])[]): string {
  const layer = named(
    random,
    path,
    declared.filter(([tag]) => tag === '!layer'),
  )
  if (layer === undefined) return '- []'
  declared.push(['!host-factory', [...path, 'hf'].join('/')])
  return `- !host-factory { id: hf, layers: [ ${layer.join(' ')} ] }`
}

const anyRole = (random: Random, declared: readonly (readonly [string, string])[]): string => {
  const roles = declared.filter(([tag]) => tag !== '!variable' && tag !== '!webservice')
  if (roles.length === 0) return '!user /admin'
  const [tag, path] = pick(random, roles)
  return `${tag} /${path}`
}

/** The name of something declared in or below `path`, from there. */
function named(
  random: Random,
  path: Path,
  declared: readonly (readonly [string, string])[],
): readonly [string, string] | undefined {
  const prefix = path.map((name) => `${name}/`).join('')
  const inside = declared.filter(([, name]) => name.startsWith(prefix))
  if (inside.length === 0) return undefined
  const [tag, name] = pick(random, inside)
  return [tag, name.slice(prefix.length)]
}

function grant(
  random: Random,
  path: Path,
  declared: readonly (readonly [string, string])[],
): string {
  const role = named(
    random,
    path,
    declared.filter(([tag]) => !/variable|webservice/.test(tag)),
  )
  if (role === undefined) return '- []'
  const member = anyRole(random, declared)
  const members = random(3) === 0 ? `!member { role: ${member}, admin: true }` : member
  return `- !grant { role: ${role.join(' ')}, members: [ ${members} ] }`
}

function permit(
  random: Random,
  path: Path,
  declared: readonly (readonly [string, string])[],
): string {
  const resource = named(random, path, declared)
  if (resource === undefined) return '- []'
  const privileges = pick(random, ['read', '[read, execute]', '[y, "0", "a b"]'])
  return `- !permit { role: ${anyRole(random, declared)}, privileges: ${privileges}, resource: ${resource.join(' ')} }`
}

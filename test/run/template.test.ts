import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTemplate } from '#run/template/parser.ts'
import { fillTemplate, tryTemplate } from '#run/template/render.ts'

type Secrets = Readonly<Record<string, string | Buffer>>

function filled(source: string, secrets: Secrets = {}): string {
  const template = parseTemplate(source)
  tryTemplate(template, Object.keys(secrets))
  const values = Object.entries(secrets).map(
    ([alias, value]) => [alias, Buffer.from(value)] as const,
  )
  return fillTemplate(template, new Map(values), 'out').toString()
}

const SHOP = { password: 'p"$x', environment: 'prod', url: 'https://example.com' }

test('a secret is printed by its alias, and text as it is', () => {
  assert.equal(
    filled('a {{secret "url"}} b\n{{ secret `url` }}', SHOP),
    'a https://example.com b\nhttps://example.com',
  )
  assert.equal(filled('} }} { ü\n'), '} }} { ü\n')
})

test('all secrets come sorted by alias, however they were given', () => {
  const loop =
    '{{- range $index, $secret := .SecretsArray -}}\n{{- if $index }}\n{{ end }}\n{{- $secret.Alias }}: {{ $secret.Value }}\n{{- end -}}'
  assert.equal(filled(loop, SHOP), 'environment: prod\npassword: p"$x\nurl: https://example.com')
  assert.equal(
    filled('{{range .SecretsArray}}{{.Alias}},{{end}}', { z: '', a: '', m: '' }),
    'a,m,z,',
  )
})

test('a secret is a member of a map, too', () => {
  assert.equal(filled('{{with .SecretsMap.url}}{{.Value}}{{end}}', SHOP), SHOP.url)
  assert.equal(filled('{{(index .SecretsMap "url").Value}}', SHOP), SHOP.url)
})

test('templates are defined and call each other', () => {
  const nested =
    '{{- define "contents" -}}\nAlias : {{ .Alias }}\n{{ end }}\n{{- define "parent" -}}\nNested\n{{ template "contents" . -}}\n===\n{{ end }}\n{{- range .SecretsArray -}}\n{{ template "parent" . }}\n{{- end -}}'
  assert.equal(filled(nested, { b: '', a: '' }), 'Nested\nAlias : a\n===\nNested\nAlias : b\n===\n')
  assert.equal(filled('{{block "x" 3}}<{{.}}>{{end}}{{template "x" 4}}'), '<3><4>')
})

test('conditions, variables and comparisons are those of Go', () => {
  for (const [source, text] of [
    ['{{if secret "environment"}}on{{else}}off{{end}}', 'on'],
    ['{{if eq (secret "environment") "dev" "prod"}}a{{else}}b{{end}}', 'a'],
    ['{{if false}}a{{else if ne 1 2}}b{{else}}c{{end}}', 'b'],
    ['{{$u := secret "url"}}{{$p := "x"}}{{$p = "y"}}{{$u}}:{{$p}}', 'https://example.com:y'],
    ['{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}', '21'],
    ['{{if and 1 0}}a{{end}}{{or "" "b"}}{{not ""}}', 'btrue'],
    ['{{lt 1 2}}{{le 2 2}}{{gt "a" "b"}}{{ge 3 4}}', 'truetruefalsefalse'],
    ['{{range 3}}{{.}}{{else}}none{{end}}{{range 0}}x{{else}}none{{end}}', '012none'],
    ['{{len "ü"}}{{print 1 2 "a" 3}}{{println "x" 1}}', '21 2a3x 1\n'],
    ['{{- /* a comment */ -}} x', 'x'],
    ['{{ \'a\' }}{{ -1.5 }}{{ "\\t\\x41\\u00fc" }}', '97-1.5\tAü'],
  ] as const) {
    assert.equal(filled(source, SHOP), text, source)
  }
})

test('a value is put in the encoding of the file it goes to', () => {
  const secrets = { s: `a"b'c$d\\e <&> ü\n` }
  for (const [call, text] of [
    ['json', String.raw`"a\"b'c$d\\e <&> ü\n"`],
    ['yaml', String.raw`"a\"b'c$d\\e <&> ü\n"`],
    ['shell', `"a\\"b'c\\$d\\\\e <&> ü\n"`],
    ['url', 'a%22b%27c%24d%5Ce%20%3C%26%3E%20%C3%BC%0A'],
    ['urlquery', 'a%22b%27c%24d%5Ce+%3C%26%3E+%C3%BC%0A'],
    ['b64enc', Buffer.from(secrets.s).toString('base64')],
    ['hex', Buffer.from(secrets.s).toString('hex')],
    ['htmlenc', `a&#34;b&#39;c$d\\e &lt;&amp;&gt; ü\n`],
    ['js', String.raw`a\"b\'c$d\\e \u003C\u0026\u003E ü\u000A`],
    ['trim', `a"b'c$d\\e <&> ü`],
    ['printf "%q"', String.raw`"a\"b'c$d\\e <&> ü\n"`],
  ] as const) {
    assert.equal(filled(`{{secret "s" | ${call}}}`, secrets), text, call)
  }
  assert.equal(
    filled('{{printf "%5s|%-3s|%03d|%x|%X|%t|%.2s|%%" "x" "y" 7 255 "az" true "cut"}}'),
    '    x|y  |007|ff|617A|true|cu|%',
  )
  assert.equal(filled('{{secret "s" | b64dec}}', { s: 'c2VjcmV0' }), 'secret')
  assert.equal(filled('{{secret "s" | html}}', { s: '\0' }), '\ufffd')
})

test('bytes that are no text come through as they are', () => {
  const bytes = Buffer.from([0xff, 0, 0x80])
  const read = (source: string, value: Buffer | string): Buffer =>
    fillTemplate(parseTemplate(source), new Map([['s', Buffer.from(value)]]), 'out')
  assert.deepEqual(read('{{secret "s"}}', bytes), bytes)
  assert.deepEqual(read('{{secret "s" | b64dec}}', bytes.toString('base64')), bytes)
  assert.throws(() => read('{{secret "s" | json}}', bytes), /failed to execute template/)
})

test('what cannot be understood is refused with its line, before any secret is asked for', () => {
  for (const [source, message] of [
    [
      'a\n\n{{ secret "gone" }}',
      'line 3: secret alias `gone` not present in specified secrets for file',
    ],
    ['{{ nope }}', 'line 1: there is no function `nope`'],
    ['{{ $x }}', 'line 1: undefined variable `$x`'],
    ['{{ .Nope }}', 'line 1: there is no `.Nope`'],
    ['{{ .SecretsArray }}', 'line 1: only texts, numbers and truth values can be printed'],
    ['\n{{ "a }}', 'line 2: cannot understand `"a }}`'],
    ['{{ 1', 'line 1: an action does not end'],
    ['{{ if 1 }}', 'line 1: `if` does not end'],
    ['{{ end }}', 'line 1: unexpected `end`'],
    ['{{ else }}', 'line 1: unexpected `else`'],
    ['{{ (1 }}', 'line 1: a parenthesis is not closed'],
    ['{{ 1 | }}', 'line 1: a value is missing'],
    ['{{ "a" 1 }}', 'line 1: only a function takes arguments'],
    ['{{ secret }}', 'line 1: secret takes 1 arguments, not 0'],
    ['{{ eq 1 "a" }}', 'line 1: incompatible types for comparison'],
    ['{{ printf "%z" 1 }}', 'line 1: printf does not know `%z`'],
    ['{{ printf "%s" }}', 'line 1: printf has too few values'],
    ['{{ template "x" }}', 'line 1: there is no template `x`'],
    ['{{ break }}', 'line 1: there is no function `break`'],
    ['{{ "\\q" }}', 'line 1: `"\\q"` is not a string'],
    ['{{ 1x }}', 'line 1: `1x` is not a number'],
  ] as const) {
    assert.throws(
      () => filled(source),
      { code: 'configuration', message: `template, ${message}` },
      source,
    )
  }
})

test('`template`: what a value holds is never evaluated', () => {
  const value = '{{ secret "b" }}{{.SecretsMap}}<%= 1 %>${x}`id`'
  assert.equal(filled('{{ secret "a" }}', { a: value, b: 'c4n4ry' }), value)
})

test('`template`: nothing of JavaScript can be reached', () => {
  for (const source of [
    '{{constructor}}',
    '{{.constructor}}',
    '{{.SecretsMap.constructor}}',
    '{{.SecretsMap.__proto__}}',
    '{{index .SecretsMap "__proto__"}}',
    '{{(secret "a").length}}',
    '{{toString}}',
    '{{hasOwnProperty "a"}}',
    '{{process}}',
    '{{require "fs"}}',
    '{{$.constructor.constructor}}',
  ]) {
    assert.throws(() => filled(source, { a: 'x' }), { code: 'configuration' }, source)
  }
  assert.equal(filled('{{secret "__proto__"}}', { ['__proto__']: 'x', a: 'y' }), 'x')
})

test('`dns/url exfil`: there is no function that reaches a file, a variable or the network', () => {
  for (const name of [
    'env',
    'expandenv',
    'getHostByName',
    'readFile',
    'file',
    'exec',
    'http',
    'lookup',
    'call',
    'now',
  ]) {
    assert.throws(() => filled(`{{${name} "x"}}`), /there is no function/, name)
  }
})

test('`template`: a template that does not end, or grows without end, is stopped', () => {
  for (const source of [
    '{{define "x"}}{{template "x"}}{{end}}{{template "x"}}',
    '{{define "x"}}{{template "y"}}{{template "y"}}{{end}}{{define "y"}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}{{template "x"}}',
    '{{range 999999999999}}{{end}}',
    `${'{{if 1}}'.repeat(100)}${'{{end}}'.repeat(100)}`,
    `{{${'('.repeat(1000)}1${')'.repeat(1000)}}}`,
    '{{printf "%9999s" "x" | printf "%s%s%s%s" | len}}',
  ]) {
    assert.throws(() => filled(source), { code: 'configuration' }, source.slice(0, 60))
  }
})

test('`error-canary`: a failure with values says nothing of them', () => {
  const template = parseTemplate('{{ index .SecretsMap (secret "a") }}')
  assert.throws(
    () => fillTemplate(template, new Map([['a', Buffer.from('c4n4ry')]]), 'out'),
    (error: Error) => {
      assert.equal(
        error.message,
        'failed to execute template, with secret values, on push to file `out`',
      )
      assert.equal(error.cause, undefined)
      return true
    },
  )
})

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { qrCode } from '#cli/qr-code.ts'

const ADDRESS =
  'otpauth://totp/Strongroom:alice%40acme?issuer=Strongroom&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** The dots of a drawing, row by row, two rows a line; true is light. */
function dotsOf(drawing: string): readonly (readonly boolean[])[] {
  const isLight = (upper: boolean) => (character: string) =>
    character === '█' || character === (upper ? '▀' : '▄')
  return drawing.split('\n').flatMap((line) => {
    const characters = Array.from(line)
    return [characters.map(isLight(true)), characters.map(isLight(false))]
  })
}

/** The mark in three corners of a code: a dark square around a light one around a dark one. */
const FINDER = ['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######'].map(
  (row) => Array.from(row, (dot) => dot === ' '),
)

test('a QR code is a light square with its marks in three corners and a margin that a camera can see', () => {
  const drawing = stripVTControlCharacters(qrCode(ADDRESS, new PassThrough()))
  const dots = dotsOf(drawing)
  const width = dots[0]?.length ?? 0
  assert.ok(dots.every((row) => row.length === width))
  const at = (x: number, y: number): readonly (readonly boolean[])[] =>
    dots.slice(y, y + 7).map((row) => row.slice(x, x + 7))
  for (const [x, y] of [
    [2, 2],
    [width - 9, 2],
    [2, width - 9],
  ] as const) {
    assert.deepEqual(at(x, y), FINDER)
  }
  const margin = [...dots.slice(0, 2), ...dots.slice(width - 2, width)].flat()
  const sides = dots.slice(0, width).flatMap((row) => [...row.slice(0, 2), ...row.slice(-2)])
  assert.ok([...margin, ...sides].every((isLight) => isLight))
})

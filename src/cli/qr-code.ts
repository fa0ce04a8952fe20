import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { renderUnicodeCompact } from 'uqr'

/**
 * `text` as a QR code for `screen`, with the margin that cameras want: light blocks, on a dark ground where the screen shows colours, whatever
 * its own ground is.
 */
export const qrCode = (text: string, screen: Writable): string =>
  renderUnicodeCompact(text, { border: 2 })
    .split('\n')
    .map((line) => styleText(['white', 'bgBlack'], line, { stream: screen }))
    .join('\n')

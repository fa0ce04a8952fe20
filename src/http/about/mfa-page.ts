import { contentAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { text } from '#http/openapi/schema.ts'

const file = (description: string, type: string): Operation['answers'] => ({
  200: contentAnswer(description, { [type]: text() }),
})

/** The page on which people create and use passkeys. */
export const MFA_PAGE: Readonly<Record<'show' | 'script' | 'style', Operation>> = {
  show: {
    id: 'showPasskeyPage',
    tag: 'second factors',
    summary: 'The page on which people create and use passkeys',
    description:
      'For browsers; the `url` of a ceremony leads to it. The page itself is the same for everybody.',
    answers: file('The page.', 'text/html'),
    isConstant: true,
  },
  script: {
    id: 'getPasskeyPageScript',
    tag: 'second factors',
    summary: 'The script of that page',
    answers: file('The script.', 'text/javascript'),
    isConstant: true,
  },
  style: {
    id: 'getPasskeyPageStyle',
    tag: 'second factors',
    summary: 'The style of that page',
    answers: file('The style.', 'text/css'),
    isConstant: true,
  },
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const SEGMENT = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/

/** Whether a text can be the name of a namespace (RFC 1123, a label). */
export const isLabel = (text: string): boolean => LABEL.test(text)

/** Whether a text can be the name of a pod and its like (RFC 1123, a subdomain), and so stand in a path as it is. */
export const isSegment = (text: string): boolean => SEGMENT.test(text) && !text.includes('..')

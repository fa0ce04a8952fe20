/** `text` in double quotes for a POSIX shell, which finds nothing in it to expand. */
export const shellQuote = (text: string): string => `"${text.replaceAll(/[\\"$`]/g, '\\$&')}"`

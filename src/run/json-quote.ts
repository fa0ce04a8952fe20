/** `text` as a string of JSON in which nothing is unprintable, so that it is a string of YAML and Java's properties, too. */
export const jsonQuote = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

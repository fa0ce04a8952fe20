/** Where values can be taken over from. */
export const IMPORT_FORMATS = ['env', 'kubernetes', 'vault', 'json'] as const

/** One of {@link IMPORT_FORMATS}. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** An option of the commands that answer yes or no. */
export const EXIT_CODE = { summary: 'fail when the answer is no' } as const

/** How older scripts ask for JSON. */
export const JSON_SWITCH = { summary: 'the same as --output json', isHidden: true } as const

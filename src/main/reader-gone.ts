/** The exit code of a program whose reader went away, as a shell shows the signal SIGPIPE. */
const READER_GONE = 141

/** Ends this process quietly when whoever reads its output goes away. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(READER_GONE)
    throw error
  })
}

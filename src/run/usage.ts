/** What `strongroom run --help` prints. */
export const USAGE = `Usage: strongroom run [flags] [--] COMMAND [ARGUMENT…]

Starts COMMAND with the secrets that secrets.yml names, as environment variables or files.

  -f FILE                  the secrets file (default: secrets.yml)
      --up                 look for the file in the folders above, too
      --yaml TEXT          the text of a secrets file instead of one
  -e, --environment NAME   the section of the file; the command finds its name in SUMMON_ENV
  -D NAME=VALUE            what $NAME in the file stands for; may be repeated
  -i, --ignore KEY         start even when the secret for KEY is missing or refused; may be repeated
  -I, --ignore-all         the same for all keys
  -d, --debug              show requests on the standard error stream, never values
  -v, --version            show the version
  -h, --help               show this text

In the file:
  KEY: text                the text itself
  KEY: !var ID             the value of a variable
  KEY: !var:file ID        the path of a file with the value of a variable
  KEY: !file text          the path of a file with the text

The exit code is that of COMMAND, 128 + N when signal N ended it, 126 when it cannot be run, and 127 when
it is not found or a secret cannot be had.
`
